package dev.mor4j.cli.options;

import dev.mor4j.model.RoutingMode;
import dev.mor4j.request.RequestSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for the recursion depth of tokens. */
public final class RoutingOptions {
  @Option(
      names = "--routing",
      paramLabel = "MODE",
      defaultValue = "trained",
      description =
          "Routing mode, which decides the recursion depth of each token: trained (by the model's router), fixed:N (N steps for every token), top-k (by ranking the whole text; not causal, so it cannot generate). Default: ${DEFAULT-VALUE}.")
  private String routing = "trained";

  @Option(
      names = "--max-depth",
      paramLabel = "N",
      description = "Maximum recursion depth. Default: the model's number of steps.")
  private @Nullable Integer maxDepth;

  /** The mode that the flags ask for. */
  public RoutingMode mode() {
    RoutingMode mode = RoutingMode.parse(routing);
    return maxDepth == null ? mode : mode.limitedTo(maxDepth);
  }

  /** Applies the flags that were given. */
  void applyTo(RequestSettings settings) {
    settings.routing(routing);
    if (maxDepth != null) {
      settings.maxDepth(maxDepth);
    }
  }
}
