package dev.mor4j.cli.batch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.RequestFlags;
import dev.mor4j.cli.output.Quoted;
import dev.mor4j.engine.GenerationRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Requests from the flags of a command line, each changed by options of its own: those are the same
 * flags by name, {@code top_k} for {@code --top-k}, and parsed and checked by the same code.
 */
public final class RequestOptions {
  /** Names that other tools use. */
  private static final Map<String, String> ALIASES =
      Map.of("max_tokens", "predict", "n_predict", "predict", "temperature", "temp");

  private final Map<String, OptionSpec> optionsByKey = new TreeMap<>();
  private final Map<OptionSpec, List<String>> said = new HashMap<>();
  private final RequestFlags unchanged;

  /**
   * @param command its flags hold where a request says nothing
   */
  public RequestOptions(ParseResult command) {
    for (OptionSpec option : new CommandLine(new RequestFlags()).getCommandSpec().options()) {
      for (String name : option.names()) {
        if (name.startsWith("--")) {
          optionsByKey.put(name.substring(2).replace('-', '_'), option);
        }
        if (command.hasMatchedOption(name)) {
          said.put(option, command.matchedOption(name).originalStringValues());
        }
      }
    }
    ALIASES.forEach((alias, key) -> optionsByKey.put(alias, optionsByKey.get(key)));
    unchanged = parse(said);
  }

  /**
   * A request, and what was said for it.
   *
   * @param options flags and their values, in one order
   */
  record Asked(GenerationRequest request, String options) {}

  /**
   * A request.
   *
   * @param changes options by key, in place of the command line's
   * @throws UsageException naming what is wrong
   */
  Asked request(String prompt, Map<String, JsonNode> changes) {
    if (changes.isEmpty()) {
      return new Asked(unchanged.request(prompt), text(said));
    }
    Map<OptionSpec, List<String>> values = new HashMap<>(said);
    Map<OptionSpec, String> keys = new HashMap<>();
    changes.forEach(
        (key, value) -> {
          OptionSpec option = option(key);
          String other = keys.putIfAbsent(option, key);
          if (other != null) {
            throw new UsageException("%s and %s: expected one of them".formatted(other, key));
          }
          values.put(option, values(key, option, value));
        });
    return new Asked(parse(values).request(prompt), text(values));
  }

  private static String text(Map<OptionSpec, List<String>> values) {
    Map<String, List<String>> byName = new TreeMap<>();
    values.forEach((option, texts) -> byName.put(option.longestName(), texts));
    return byName.toString();
  }

  private OptionSpec option(String key) {
    OptionSpec option = optionsByKey.get(key);
    if (option == null) {
      throw new UsageException(
          "expected prompt, id, %s; found %s"
              .formatted(String.join(", ", optionsByKey.keySet()), Quoted.of(key)));
    }
    return option;
  }

  private static List<String> values(String key, OptionSpec option, JsonNode value) {
    if (value.isArray() && option.isMultiValue()) {
      return StreamSupport.stream(value.spliterator(), false)
          .map(each -> scalar(key, each))
          .toList();
    }
    return List.of(scalar(key, value));
  }

  private static String scalar(String key, JsonNode value) {
    if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
      throw new UsageException(
          "%s: expected a text, a number, true or false, found %s"
              .formatted(key, value.getNodeType().name().toLowerCase(Locale.ROOT)));
    }
    return value.asText();
  }

  private static RequestFlags parse(Map<OptionSpec, List<String>> values) {
    List<String> words = new ArrayList<>();
    values.forEach(
        (option, texts) -> texts.forEach(text -> words.add(option.longestName() + "=" + text)));
    RequestFlags flags = new RequestFlags();
    try {
      new CommandLine(flags).setExpandAtFiles(false).parseArgs(words.toArray(String[]::new));
    } catch (ParameterException failure) {
      throw new UsageException(FailureText.line(failure));
    }
    return flags;
  }
}
