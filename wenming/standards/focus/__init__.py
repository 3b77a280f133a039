"""The focus problems (重点问题, policy 4.4): which problem types belong to each, its checklist, how often it is walked."""
