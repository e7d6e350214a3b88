package dev.mor4j.cli.options;

import dev.mor4j.model.RoutingMode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that say how tokens get their depth. */
public final class RoutingOptions {
  @Option(
      names = "--routing",
      paramLabel = "MODE",
      defaultValue = "trained",
      description =
          "How tokens get their recursion depth: trained (the model's router), fixed:N (N steps each), top-k (whole sequence only, looks ahead). Default: ${DEFAULT-VALUE}.")
  private String routing = "trained";

  @Option(
      names = "--max-depth",
      paramLabel = "N",
      description = "No token takes more than N steps.")
  private @Nullable Integer maxDepth;

  public RoutingMode mode() {
    RoutingMode mode = RoutingMode.parse(routing);
    return maxDepth == null ? mode : mode.limitedTo(maxDepth);
  }
}
