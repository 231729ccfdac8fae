from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    """Change nothing: a program that has not heard of the other histories knows by this step that it is too old."""

    moved_from = ("bot", "0007_ways_and_stages")

    dependencies = [("bot", "0007_ways_and_stages")]
