"""What residents learn by questions: banks, one question a day, quizzes in groups, the village's board."""
