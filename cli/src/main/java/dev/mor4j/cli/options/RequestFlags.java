package dev.mor4j.cli.options;

import dev.mor4j.cli.command.UsageException;
import dev.mor4j.engine.GenerationRequest;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags that say what a request asks for, all but the prompt. */
public final class RequestFlags {
  @Option(
      names = {"-n", "--predict"},
      paramLabel = "N",
      description = "Most tokens to write; -1, the default, until the text or the context ends.")
  private int maxTokens = GenerationRequest.UNTIL_END;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End the text before TEXT; may be given several times.")
  private List<String> stops = List.of();

  @Option(
      names = "--special",
      description =
          "Print control tokens, such as <|im_end|>, as text. Default: they are left out.")
  private boolean showsControlTokens;

  @Mixin private RoutingOptions routing = new RoutingOptions();

  @Mixin private SamplingFlags sampling = new SamplingFlags();

  /**
   * What the flags ask for, with a seed always.
   *
   * @throws UsageException if a value is out of range
   * @throws dev.mor4j.model.InvalidConfigException if a value is out of range
   */
  public GenerationRequest request(String prompt) {
    GenerationRequest.Builder request = GenerationRequest.builder();
    if (showsControlTokens) {
      request.showControlTokens();
    }
    return request
        .sampling(sampling.options())
        .routing(routing.mode())
        .maxTokens(maxTokens)
        .stop(stops)
        .prompt(prompt)
        .build();
  }
}
