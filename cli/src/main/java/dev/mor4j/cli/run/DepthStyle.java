package dev.mor4j.cli.run;

/** How a token of the text shows the recursion depth that it took to choose it. */
enum DepthStyle {
  /** Not at all. */
  HIDDEN {
    @Override
    String show(String text, int depth, int deepest) {
      return text;
    }
  },

  /** By a raised number behind it: for files, pipes, and terminals without colours. */
  MARKED {
    @Override
    String show(String text, int depth, int deepest) {
      String visible = text.stripTrailing();
      return visible + raised(depth) + text.substring(visible.length());
    }
  },

  /** By its background, from blue (early exit) to red (all steps). */
  COLOURED {
    @Override
    String show(String text, int depth, int deepest) {
      String colour = "\u001b[30;48;5;%dm".formatted(background(depth, deepest));
      // A colour that is on at a line's end would fill the rest of the line on some terminals.
      return colour + text.replace("\n", RESET + "\n" + colour) + RESET;
    }
  };

  private static final String RESET = "\u001b[0m";
  private static final String RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /** Light shades of a terminal's 256 colours, on which black can be read. */
  private static final int[] BACKGROUNDS = {153, 158, 192, 229, 223, 217};

  /** Where a token took no step at all. */
  private static final int GREY = 252;

  /**
   * The text as it is printed.
   *
   * @param text of one token, not empty
   * @param deepest the model's recursion count
   */
  abstract String show(String text, int depth, int deepest);

  /** One line that explains the marks. */
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
