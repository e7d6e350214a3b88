package dev.mor4j.cli.options;

import dev.mor4j.cli.command.SettingException;
import dev.mor4j.request.RequestSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags for everything that a request asks for except its prompt. */
public final class RequestFlags {
  @Option(
      names = {"-n", "--predict", "--n-predict"},
      paramLabel = "N",
      description =
          "Maximum number of tokens to generate; with -1, generation ends only when the model ends the text or the context is full. Default: -1.")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Stop before TEXT is generated. Repeatable.")
  private @Nullable List<String> stops;

  @Option(
      names = "--special",
      description = "Print control tokens, such as <|im_end|>, as text. Default: they are omitted.")
  private boolean showsControlTokens;

  @Mixin private RoutingOptions routing = new RoutingOptions();

  @Mixin private SamplingFlags sampling = new SamplingFlags();

  /**
   * The settings that the flags ask for.
   *
   * @throws SettingException if a value is out of range
   */
  public RequestSettings settings() {
    RequestSettings settings = new RequestSettings();
    try {
      if (maxTokens != null) {
        settings.maxTokens(maxTokens);
      }
      if (stops != null) {
        settings.stops(stops);
      }
      settings.showsControlTokens(showsControlTokens);
      routing.applyTo(settings);
      sampling.applyTo(settings);
      return settings;
    } catch (IllegalArgumentException outOfRange) {
      throw new SettingException(outOfRange);
    }
  }
}
