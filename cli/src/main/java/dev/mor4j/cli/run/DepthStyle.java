package dev.mor4j.cli.run;

/** How a generated token shows the recursion depth that was spent to choose it. */
enum DepthStyle {
  /** No marks. */
  HIDDEN {
    @Override
    String show(String text, int depth, int deepest) {
      return text;
    }
  },

  /** A superscript after the token: for files, pipes, and terminals without colors. */
  MARKED {
    @Override
    String show(String text, int depth, int deepest) {
      String visible = text.stripTrailing();
      return visible + raised(depth) + text.substring(visible.length());
    }
  },

  /** The background color, from blue (early exit) to red (all steps). */
  COLORED {
    @Override
    String show(String text, int depth, int deepest) {
      String color = "\u001b[30;48;5;%sm".formatted(background(depth, deepest));
      // A color that is on at the end of a line fills the rest of the line on some terminals.
      return color + text.replace("\n", RESET + "\n" + color) + RESET;
    }
  };

  private static final String RESET = "\u001b[0m";
  private static final String RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /** Light shades among a terminal's 256 colors, on which black is readable. */
  private static final int[] BACKGROUNDS = {153, 158, 192, 229, 223, 217};

  /** Background of tokens without any recursion step. */
  private static final int GREY = 252;

  /**
   * The text with its mark.
   *
   * @param text of one token, not empty
   * @param deepest the model's number of recursion steps
   */
  abstract String show(String text, int depth, int deepest);

  /** A line that explains the marks. */
  String legend(int deepest) {
    StringBuilder line = new StringBuilder("recursion steps spent to choose each token:");
    for (int depth = 0; depth <= deepest; depth++) {
      line.append(' ')
          .append(this == MARKED ? raised(depth) : show(" " + depth + " ", depth, deepest));
    }
    return line.toString();
  }

  private static int background(int depth, int deepest) {
    if (depth == 0) {
      return GREY;
    }
    int last = BACKGROUNDS.length - 1;
    return deepest == 1 ? BACKGROUNDS[last] : BACKGROUNDS[(depth - 1) * last / (deepest - 1)];
  }

  private static String raised(int number) {
    StringBuilder digits = new StringBuilder();
    String.valueOf(number)
        .chars()
        .forEach(digit -> digits.append(RAISED_DIGITS.charAt(digit - '0')));
    return digits.toString();
  }
}
