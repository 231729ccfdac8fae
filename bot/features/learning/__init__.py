"""Learning by questions for residents: banks, one question a day, quizzes in groups, the village's board."""
