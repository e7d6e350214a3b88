package dev.mor4j.cli.options;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.quantize.FileType;
import dev.mor4j.quantize.ModelShape;
import dev.mor4j.quantize.RandomModelOptions;
import dev.mor4j.quantize.RecursionChoices;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Flags for a model with random weights, except its size. */
public final class RandomModelFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--recursions",
      paramLabel = "N",
      defaultValue = "3",
      description = "Number of recursion steps; 1 gives a plain Llama. Default: ${DEFAULT-VALUE}.")
  private int recursions = 3;

  @Option(
      names = "--sharing",
      paramLabel = "PATTERN",
      description =
          "Sharing pattern: ${COMPLETION-CANDIDATES}. Default: MIDDLE_CYCLE, as in the paper.")
  private @Nullable SharingPattern sharing;

  @Option(
      names = "--router",
      paramLabel = "KIND",
      description =
          "Router: ${COMPLETION-CANDIDATES}. Default: EXPERT_CHOICE if the sharing pattern allows routing.")
  private @Nullable RoutingKind routing;

  @Option(
      names = "--kv-policy",
      paramLabel = "POLICY",
      description =
          "K/V policy: which keys and values deeper steps attend to: ${COMPLETION-CANDIDATES}. Default: PER_STEP.")
  private @Nullable KvPolicy kvPolicy;

  @Option(
      names = "--outtype",
      paramLabel = "TYPE",
      defaultValue = "F16",
      converter = FileTypeName.class,
      description =
          "Type of the matrices: any type of mor quantize that needs no importance matrix. Default: ${DEFAULT-VALUE}.")
  private FileType type = FileType.F16;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Seed of the weights. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  /** The options for writing the model to a file. */
  public RandomModelOptions options(ModelShape shape, Path output, int threads) {
    try {
      return new RandomModelOptions(output, shape, choices(), type, seed, threads);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--" + wrong.getMessage(), wrong);
    }
  }

  /** A file name that contains all settings of the model. */
  public String fileName(ModelShape shape) {
    RecursionChoices choices = choices();
    return "random-%s-r%s-%s-%s-%s-%s-s%s.gguf"
        .formatted(
            shape.name(),
            choices.recursionCount(),
            choices.sharing(),
            choices.routing(),
            choices.kvPolicy(),
            type,
            seed)
        .toLowerCase(Locale.ROOT);
  }

  private RecursionChoices choices() {
    RecursionChoices defaults = RecursionChoices.of(recursions);
    SharingPattern pattern = Objects.requireNonNullElse(sharing, defaults.sharing());
    RoutingKind kind = pattern.repeatsEachLayer() ? RoutingKind.NONE : defaults.routing();
    return new RecursionChoices(
        recursions,
        pattern,
        Objects.requireNonNullElse(routing, kind),
        Objects.requireNonNullElse(kvPolicy, defaults.kvPolicy()));
  }
}
