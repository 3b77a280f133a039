"""The focus problems (重点问题) as the city's cases show them, and where a patrol should look. Policy: 4.4."""
