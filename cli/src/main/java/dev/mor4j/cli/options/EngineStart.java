package dev.mor4j.cli.options;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.placement.Fallback;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Starts engines and reports their warnings and fallbacks. */
public final class EngineStart {
  private EngineStart() {}

  public static Engine of(EngineBuilder builder, StandardStreams streams) {
    Engine engine = builder.build();
    report(engine, streams);
    return engine;
  }

  public static void report(Engine engine, StandardStreams streams) {
    for (String warning : engine.warnings()) {
      streams.err().println("mor: " + FailureText.oneLine(warning));
    }
    if (!engine.placement().isCpuOnly()) {
      reportFallbacks(engine.metrics().fallbacks(), streams);
    }
  }

  /** Reports operations that a device does not support, one line for each pair of devices. */
  private static void reportFallbacks(List<Fallback> fallbacks, StandardStreams streams) {
    Map<String, Map<String, String>> operations = new TreeMap<>();
    for (Fallback each : fallbacks) {
      String where = "%s falls back to %s".formatted(each.home(), each.found());
      operations
          .computeIfAbsent(where, none -> new TreeMap<>())
          .merge(
              each.operation(),
              "%s in %s".formatted(each.count(), each.part().key()),
              (left, right) -> left + ", " + right);
    }
    operations.forEach(
        (where, counts) -> streams.err().println("mor: %s: %s".formatted(where, listed(counts))));
  }

  private static String listed(Map<String, String> counts) {
    return counts.entrySet().stream()
        .map(each -> each.getKey() + " (" + each.getValue() + ")")
        .collect(Collectors.joining(", "));
  }
}
