package dev.mor4j.tokenizer;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates the regular expressions of tokenizer.json, which are Oniguruma's (Ruby syntax), to
 * Java's. Where the two dialects part, the construct is rewritten; what cannot be rewritten safely
 * is refused, never guessed.
 */
final class OnigurumaRegex {

  private static final Set<String> CATEGORIES =
      Set.of(
          "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P",
          "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl",
          "Zp", "C", "Cc", "Cf", "Co");
  private static final String WORD = "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}";

  private final String regex;
  private final String path;
  private final StringBuilder out = new StringBuilder();
  private int at;

  private OnigurumaRegex(String regex, String path) {
    this.regex = regex;
    this.path = path;
  }

  /**
   * @param path where the expression stands, for messages
   */
  static Pattern compile(String regex, String path) throws UnsupportedTokenizerException {
    OnigurumaRegex translation = new OnigurumaRegex(regex, path);
    translation.translate();
    try {
      return Pattern.compile(translation.out.toString());
    } catch (PatternSyntaxException e) {
      throw translation.unlike("a valid regular expression", e.getDescription());
    }
  }

  private void translate() throws UnsupportedTokenizerException {
    while (at < regex.length()) {
      char c = regex.charAt(at++);
      switch (c) {
        case '\\' -> escape(false);
        case '[' -> characterClass();
        case '(' -> group();
        case '{' -> interval();
        case '.' -> out.append("[^\\n]"); // Java's excludes more line ends
        case '^' -> out.append("(?dm:^)"); // Ruby's anchors are those of lines
        case '$' -> out.append("(?dm:$)");
        case ']', '}' -> out.append('\\').append(c);
        default -> out.append(c);
      }
    }
  }

  private void group() throws UnsupportedTokenizerException {
    if (!regex.startsWith("?", at)) {
      out.append('(');
      return;
    }
    // An option inside an expression swallows the alternatives after it in Ruby, not in Java.
    if (at == 1 && regex.startsWith("?i)", at)) {
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
    return JsonPart.quote(regex.substring(from)) + " in " + JsonPart.quote(regex);
  }

  private UnsupportedTokenizerException unlike(String expected, String found) {
    return UnsupportedTokenizerException.at(path, expected, found);
  }
}
