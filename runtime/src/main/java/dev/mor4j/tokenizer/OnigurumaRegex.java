package dev.mor4j.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates the regular expressions of tokenizer.json, which are Oniguruma's (Ruby syntax), to
 * Java's. Constructs with another meaning in Java are rewritten; what cannot be rewritten safely is
 * refused, never guessed.
 *
 * <p>Java's matcher recurses once for each element of the expression and for each repetition of a
 * group. Expressions without a limit on either are refused, so that no text can overflow the stack:
 * published tokenizers repeat single characters and classes only, which needs no recursion.
 */
final class OnigurumaRegex {

  private static final Set<String> CATEGORIES =
      Set.of(
          "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P",
          "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl",
          "Zp", "C", "Cc", "Cf", "Co");
  private static final String WORD = "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}";

  private static final int MAX_GROUP_DEPTH = 50;

  /** Elements of an expression, with those of a repeated group counted as often as it repeats. */
  private static final long MAX_ELEMENTS = 2000;

  private static final Pattern BOUNDED_INTERVAL = Pattern.compile("\\{(?:[0-9]+,)?([0-9]{1,4})}");

  private final String regex;
  private final String path;
  private final StringBuilder out = new StringBuilder();
  // Elements of each open group, the whole expression first.
  private final Deque<Long> elementCounts = new ArrayDeque<>(List.of(0L));
  private int at;
  private boolean afterQuantifier;

  private OnigurumaRegex(String regex, String path) {
    this.regex = regex;
    this.path = path;
  }

  /**
   * Compiles an expression.
   *
   * @param path where in the file the expression is, for messages
   * @throws UnsupportedTokenizerException if it is malformed, means something else in Java, or
   *     nests or repeats without limit
   */
  static TextPattern compile(String regex, String path) throws UnsupportedTokenizerException {
    OnigurumaRegex translation = new OnigurumaRegex(regex, path);
    translation.translate();
    try {
      Pattern pattern = Pattern.compile(translation.out.toString());
      return new TextPattern(pattern, regex, "tokenizer.json: " + path);
    } catch (PatternSyntaxException e) {
      throw translation.unlike("a valid regular expression", e.getDescription());
    }
  }

  private void translate() throws UnsupportedTokenizerException {
    while (at < regex.length()) {
      char c = regex.charAt(at++);
      addElements(1);
      if (c == '{' && afterQuantifier) { // Java would match the brace literally
        throw unlike("one quantifier for each element", rest(at - 1));
      }
      afterQuantifier = c == '*' || c == '+' || c == '?' || c == '{';
      switch (c) {
        case '\\' -> escape(false);
        case '[' -> characterClass();
        case '(' -> openGroup();
        case ')' -> closeGroup();
        case '{' -> interval();
        case '.' -> out.append("[^\\n]"); // Java's excludes more line ends
        case '^' -> out.append("(?dm:^)"); // Ruby's anchors are those of lines
        case '$' -> out.append("(?dm:$)");
        case ']', '}' -> out.append('\\').append(c);
        default -> out.append(c);
      }
    }
  }

  private void addElements(long count) throws UnsupportedTokenizerException {
    long sum = elementCounts.pop() + count;
    if (sum > MAX_ELEMENTS) {
      throw unlike(
          "a regular expression of up to %s elements, repeated groups counted as often as they repeat"
              .formatted(MAX_ELEMENTS),
          MessageText.quote(regex));
    }
    elementCounts.push(sum);
  }

  private void closeGroup() throws UnsupportedTokenizerException {
    out.append(')');
    if (elementCounts.size() > 1) { // else Java reports the parenthesis
      addElements(elementCounts.pop() * repetitions());
    }
  }

  /** How often the group that ends here repeats at most. */
  private int repetitions() throws UnsupportedTokenizerException {
    if (!regex.startsWith("{", at)) {
      boolean isUnbounded = regex.startsWith("*", at) || regex.startsWith("+", at);
      // Possessive repetition never returns to an earlier one, so that Java does not recurse.
      if (isUnbounded && !regex.startsWith("+", at + 1)) {
        throw unlike("a group that repeats a limited number of times", rest(at - 1));
      }
      return 1;
    }
    Matcher interval = BOUNDED_INTERVAL.matcher(regex).region(at, regex.length());
    if (!interval.lookingAt()) {
      throw unlike("a group that repeats a limited number of times", rest(at - 1));
    }
    return Integer.parseInt(interval.group(1));
  }

  private void openGroup() throws UnsupportedTokenizerException {
    if (elementCounts.size() > MAX_GROUP_DEPTH) {
      throw unlike(
          "groups nested up to %s deep".formatted(MAX_GROUP_DEPTH), MessageText.quote(regex));
    }
    elementCounts.push(0L);
    if (!regex.startsWith("?", at)) {
      out.append('(');
      return;
    }
    // In Ruby an option inside an expression includes the alternatives after it; not in Java.
    if (at == 1 && regex.startsWith("?i)", at)) {
      elementCounts.pop();
      at += 3;
      out.append("(?iu)");
      return;
    }
    for (String opening : new String[] {"?:", "?=", "?!", "?>", "?<=", "?<!", "?-i:"}) {
      if (regex.startsWith(opening, at)) {
        at += opening.length();
        out.append('(').append(opening);
        return;
      }
    }
    if (regex.startsWith("?i:", at)) {
      at += 3;
      out.append("(?iu:");
      return;
    }
    throw unlike("a plain, (?i:...), atomic or look-around group", rest(at - 1));
  }

  private void interval() throws UnsupportedTokenizerException {
    int end = at;
    while (end < regex.length() && "0123456789,".indexOf(regex.charAt(end)) >= 0) {
      end++;
    }
    String range = regex.substring(at, end);
    boolean wellFormed = range.matches("[0-9]{1,4}(,[0-9]{0,4})?") && regex.startsWith("}", end);
    // Ruby reads x{2}? as optional and x{1,2}+ as repeated, Java as reluctant and possessive.
    boolean sameInJava =
        !regex.startsWith("}+", end) && (range.contains(",") || !regex.startsWith("}?", end));
    if (!wellFormed || !sameInJava) {
      throw unlike("an interval as {1,3}", rest(at - 1));
    }
    out.append('{').append(range).append('}');
    at = end + 1;
  }

  private void characterClass() throws UnsupportedTokenizerException {
    int start = at - 1;
    out.append('[');
    if (regex.startsWith("^", at)) {
      at++;
      out.append('^');
    }
    int first = at;
    while (at < regex.length()) {
      char c = regex.charAt(at++);
      if (c == ']' && at - 1 > first) {
        out.append(']');
        return;
      }
      if (c == '[' || c == ']' || regex.startsWith("&&", at - 1)) {
        throw unlike("a class without nested classes", rest(start));
      }
      if (c == '\\') {
        escape(true);
      } else if (c == '&' || c == '^') {
        out.append('\\').append(c);
      } else {
        out.append(c);
      }
    }
    throw unlike("a closed class", rest(start));
  }

  private void escape(boolean inClass) throws UnsupportedTokenizerException {
    int start = at - 1;
    if (at == regex.length()) {
      throw unlike("a character after the backslash", "the end");
    }
    char c = regex.charAt(at++);
    switch (c) {
      case 'p', 'P' -> property(c == 'P', start);
      case 's' -> out.append("\\p{IsWhite_Space}");
      case 'S' -> out.append("\\P{IsWhite_Space}");
      case 'd' -> out.append("\\p{Nd}");
      case 'D' -> out.append("\\P{Nd}");
      case 'w' -> out.append(inClass ? WORD : "[" + WORD + "]");
      case 'W' -> out.append("[^" + WORD + "]");
      case 'n', 'r', 't', 'f', 'x', 'u' -> out.append('\\').append(c);
      case 'A', 'z' -> {
        if (inClass) {
          throw unlike("a known escape", rest(start));
        }
        out.append('\\').append(c);
      }
      default -> {
        boolean punctuation = c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
        if (!punctuation && c != ' ') {
          throw unlike("a known escape", rest(start));
        }
        out.append('\\').append(c);
      }
    }
  }

  private void property(boolean negated, int start) throws UnsupportedTokenizerException {
    int end = regex.indexOf('}', at);
    if (!regex.startsWith("{", at) || end < 0) {
      throw unlike("a property as \\p{L}", rest(start));
    }
    String name = regex.substring(at + 1, end);
    boolean inverted = name.startsWith("^");
    if (inverted) {
      name = name.substring(1);
    }
    out.append(negated == inverted ? "\\p{" : "\\P{");
    if (!CATEGORIES.contains(name)) {
      try {
        Character.UnicodeScript.forName(name);
      } catch (IllegalArgumentException e) {
        throw unlike("a general category or script", rest(start));
      }
      out.append("Is");
    }
    out.append(name).append('}');
    at = end + 1;
  }

  private String rest(int from) {
    return MessageText.quote(regex.substring(from)) + " in " + MessageText.quote(regex);
  }

  private UnsupportedTokenizerException unlike(String expected, String found) {
    return UnsupportedTokenizerException.at(path, expected, found);
  }
}
