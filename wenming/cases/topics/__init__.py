"""Hot topics: gathered every night from what people write, ranked by people, named and decided on by people. 5.3."""
