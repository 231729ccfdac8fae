"""Train and measure what `bot.understanding` knows; needs scikit-learn (`make learn`, `make understand`)."""
