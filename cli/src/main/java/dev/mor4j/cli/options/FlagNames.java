package dev.mor4j.cli.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Adds the names of flags to messages of the library, which does not know them. */
public final class FlagNames {
  private static final String SEPARATOR = ": ";

  /** The prompt comes from files and standard input too, so its flag is not named. */
  private static final String PROMPT = "prompt";

  /** Settings in messages, and the flags that change them. */
  private static final Map<String, List<String>> FLAGS = new LinkedHashMap<>();

  static {
    FLAGS.put("number of tokens", List.of("-n"));
    FLAGS.put("stop string", List.of("--stop"));
    FLAGS.put("temperature", List.of("--temp"));
    FLAGS.put("recursion depth", List.of("--routing", "--max-depth"));
    FLAGS.put("context size", List.of("-c"));
    FLAGS.put("smaller context", List.of("-c"));
    FLAGS.put("window", List.of("-c"));
    FLAGS.put("parallel sequences", List.of("--parallel"));
    FLAGS.put("batch size", List.of("-ub"));
    FLAGS.put("K/V cache bytes", List.of("--kv-cache-bytes"));
    FLAGS.put("types for keys and values", List.of("-ctk", "-ctv"));
    FLAGS.put("K/V type", List.of("-ctk", "-ctv"));
    FLAGS.put("device parts", List.of("--device-parts"));
  }

  private FlagNames() {}

  /**
   * A message with the flags of its settings: {@code top-k: ...} becomes {@code --top-k: ...},
   * other settings get their flags in parentheses at the end.
   *
   * @param message one line
   * @param hasFlag whether the command has a flag
   */
  public static String addTo(String message, Predicate<String> hasFlag) {
    int end = message.indexOf(SEPARATOR);
    String setting = end < 0 ? "" : message.substring(0, end);
    if (!setting.isEmpty() && !setting.equals(PROMPT) && hasFlag.test("--" + setting)) {
      return "--" + message;
    }
    List<String> flags =
        FLAGS.entrySet().stream()
            .filter(each -> message.contains(each.getKey()))
            .flatMap(each -> each.getValue().stream())
            .filter(flag -> hasFlag.test(flag) && !message.contains(flag))
            .distinct()
            .toList();
    return flags.isEmpty() ? message : message + " (set by " + String.join(", ", flags) + ")";
  }
}
