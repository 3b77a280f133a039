"""Which journal action wakes what: the one table through which upstream rooms reach downstream ones.

A reaction takes (entry, now), runs at least once and must not mind running twice; one that has long to look before it
writes is a `LookFirst`, so that nobody waits for its transaction. Its name is stored with the entry: renaming one needs
a migration of the reactions still waiting.
"""

from __future__ import annotations

from wenming.cases import imported
from wenming.cases import reactions as cases
from wenming.cases.focus.raising import raise_due_patrols
from wenming.cases.photo_checks import checking as photo_checks
from wenming.cases.rule_changes.publishing import put_due_changes_in_force
from wenming.cases.services import draw_rechecks
from wenming.cases.spots.finding import find_spots_daily
from wenming.cases.topics.finding import find_topics_daily
from wenming.evidence.reaper import reap
from wenming.exchange import delivering, following, keys
from wenming.exchange import services as exchange
from wenming.journal import services as journal
from wenming.journal.services import Reactor, Tick
from wenming.observations import component_imports, imports, place_imports, premises_imports
from wenming.observations.door import forget_old_counts
from wenming.responsibilities import reactions as responsibilities
from wenming.responsibilities.closure import prove_daily
from wenming.responsibilities.places.services import forget_names_of_guides, raise_due_verifications
from wenming.responsibilities.proving import prove_what_was_asked
from wenming.responsibilities.rosters.drawings import draw_what_was_asked
from wenming.responsibilities.services import escalate
from wenming.territory import reactions as territory
from wenming.territory.grids.staging import forget_staged

REACTIONS: dict[str, dict[str, Reactor]] = {
    "evidence.attached": {"look-at-the-photo": photo_checks.check_photo},
    "report.received": {"open-a-case": cases.open_a_case},
    "report.history-imported": {"replay-history": imported.replay_history},
    "import.confirmed": {"bring-in-rows": imports.bring_in_rows},
    "import.undone": {"take-back-cases": imported.take_back},
    "components.import-confirmed": {"bring-in-components": component_imports.bring_in_components},
    "components.import-undone": {"take-back-components": component_imports.take_back_components},
    "places.import-handed-in": {"read-places": place_imports.read_places},
    "places.import-confirmed": {"bring-in-places": place_imports.bring_in_places},
    "places.import-undone": {"take-back-places": place_imports.take_back_places},
    "premises.import-handed-in": {"read-premises": premises_imports.read_premises},
    "premises.import-confirmed": {"bring-in-premises": premises_imports.bring_in_premises},
    "premises.import-undone": {"take-back-premises": premises_imports.take_back_rows},
    "place.verified": {"follow-the-look": cases.follow_a_look},
    "case.give-to-body": {"tell-the-unit": cases.tell_the_unit},
    "case.dispatch": {"tell-the-unit": cases.tell_the_unit},
    "case.send-back": {"tell-the-unit": cases.tell_the_unit},
    "case.decide-extension": {"tell-the-unit": cases.tell_the_unit},
    "case.recall": {"tell-the-unit": cases.tell_the_unit},
    "case.hand-back": {"tell-the-command-centre": cases.tell_the_command_centre},
    "case.ask-extension": {"tell-the-command-centre": cases.tell_the_command_centre},
    "case.cannot-see": {"tell-the-command-centre": cases.tell_the_command_centre},
    "case.reopen": {"tell-the-command-centre": cases.tell_the_command_centre},
    "case.contest": {"tell-the-office": cases.tell_the_office},
    "case.arbitrate": {"tell-both-sides": cases.tell_both_sides},
    "case.ask-support": {"tell-the-unit": cases.tell_the_unit},
    "case.reassign-support": {"tell-the-unit": cases.tell_the_unit},
    "case.withdraw-support": {"tell-the-unit": cases.tell_the_unit},
    "case.answer-support": {"tell-the-unit": cases.tell_the_unit},
    "case.hand-back-support": {"tell-the-command-centre": cases.tell_the_command_centre},
    "territory.layer-published": {
        "rehome": territory.rehome, "rehome-over": territory.rehome_over, "posts-go-along": territory.posts_go_along,
    },
    "territory.rehomed": {"follow-their-places": cases.follow_their_places},
    "case.reopen-unsolved": {"tell-the-command-centre": cases.tell_the_command_centre},
    "case.appeal": {"tell-the-office": cases.tell_the_office},
    "case.decide-appeal": {"tell-the-unit": cases.tell_the_unit},
    "recheck.drawn": {"tell-who-looks-again": cases.tell_who_looks_again},
    "duty.reminded": {"tell-the-owner": responsibilities.tell_of_reminding},
    "duty.escalated": {"tell-who-must-know": responsibilities.tell_who_must_know},
    "matrix.closure-asked": {"prove-closure": prove_what_was_asked},
    "roster.drawing-asked": {"draw-up-roster": draw_what_was_asked},
    "receiver.stopped": {"tell-of-the-stop": exchange.tell_of_the_stop},
    "duty.imposed": {"tell-the-owner": responsibilities.tell_the_owner},
    "duty.limit-changed": {"tell-the-owner": responsibilities.tell_of_another_limit},
}

BY_THE_CLOCK: tuple[Tick, ...] = (
    Tick("escalate", 20, escalate),
    Tick("follow-for-other-systems", 2, following.follow_the_journal),
    Tick("deliver-to-other-systems", 1, delivering.deliver_aside),
    Tick("forget-what-arrived", 3600, delivering.forget_what_arrived),
    Tick("forget-used-nonces", 600, keys.forget_used_nonces),
    Tick("put-rule-changes-in-force", 600, put_due_changes_in_force),
    Tick("draw-rechecks", 3600, draw_rechecks),
    Tick("find-black-spots", 3600, find_spots_daily),
    Tick("find-topics", 3600, find_topics_daily),
    Tick("prove-closure", 3600, prove_daily),
    Tick("raise-due-patrols", 600, raise_due_patrols),
    Tick("raise-due-verifications", 3600, raise_due_verifications),
    Tick("forget-names-of-guides", 86_400, forget_names_of_guides),
    Tick("reap-unclaimed-uploads", 3600, reap),
    Tick("forget-staged-grids", 3600, forget_staged),
    Tick("forget-door-counts", 3600, forget_old_counts),
)


def connect() -> None:
    """Hand the table to the journal; called once when the process starts."""
    journal.connect(REACTIONS, BY_THE_CLOCK)
