package dev.mor4j.cli;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.quantize.FileType;
import dev.mor4j.quantize.ModelShape;
import dev.mor4j.quantize.QuantizationOptions;
import dev.mor4j.quantize.QuantizationReport;
import dev.mor4j.quantize.RandomModel;
import dev.mor4j.quantize.RandomModelOptions;
import dev.mor4j.quantize.RecursionChoices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** A model of random weights. */
@Command(
    name = "random",
    description = {
      "Writes a model of random weights, to measure speed and memory with.",
      "",
      "Shapes are those of the MoR paper. Steps share all weights but their routers. The same options and seed give the same weights. There is no tokenizer, so give token ids: mor logits --tokens. With --recursions 1 the file is a plain Llama, which llama.cpp runs too.",
      ""
    })
final class RandomCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--shape",
      required = true,
      paramLabel = "NAME",
      converter = ShapeName.class,
      description = "Sizes: 135m, 360m, 730m or 1.7b.")
  private ModelShape shape = ModelShape.PUBLISHED.getFirst();

  @Option(
      names = "--recursions",
      paramLabel = "N",
      defaultValue = "3",
      description = "Recursion steps; 1 for a plain Llama. Default: ${DEFAULT-VALUE}.")
  private int recursions = 3;

  @Option(
      names = "--sharing",
      paramLabel = "PATTERN",
      description =
          "Order of steps and layers: ${COMPLETION-CANDIDATES}. Default: MIDDLE_CYCLE, as in the paper.")
  private @Nullable SharingPattern sharing;

  @Option(
      names = "--router",
      paramLabel = "KIND",
      description =
          "Who chooses the depth: ${COMPLETION-CANDIDATES}. Default: EXPERT_CHOICE where steps can be routed.")
  private @Nullable RoutingKind routing;

  @Option(
      names = "--kv-policy",
      paramLabel = "POLICY",
      description =
          "Which keys and values deeper steps see: ${COMPLETION-CANDIDATES}. Default: PER_STEP.")
  private @Nullable KvPolicy kvPolicy;

  @Option(
      names = "--outtype",
      paramLabel = "TYPE",
      defaultValue = "F16",
      converter = FileTypeName.class,
      description =
          "Type of the matrices: any of mor quantize that needs no importance matrix. Default: ${DEFAULT-VALUE}.")
  private FileType type = FileType.F16;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.gguf",
      description = "The file to write; replaced if it is there.")
  private Path output = Path.of("");

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Of the weights. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that draw and encode. Default: all cores.")
  private @Nullable Integer threads;

  @Override
  public Integer call() throws IOException {
    RandomModelOptions options = options();
    QuantizationReport report;
    try (UnfinishedFile unfinished = new UnfinishedFile(output, spec.commandLine().getErr());
        WorkBar bar = WorkBar.onTerminal()) {
      report = RandomModel.write(options, bar);
      unfinished.finish();
    }
    spec.commandLine().getErr().println(report.text());
    return ExitCodes.DONE;
  }

  private RandomModelOptions options() {
    try {
      return new RandomModelOptions(
          output,
          shape,
          choices(),
          type,
          seed,
          threads == null ? QuantizationOptions.allCores() : threads);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--" + wrong.getMessage(), wrong);
    }
  }

  private RecursionChoices choices() {
    RecursionChoices usual = RecursionChoices.of(recursions);
    SharingPattern pattern = Objects.requireNonNullElse(sharing, usual.sharing());
    RoutingKind kind = pattern.repeatsEachLayer() ? RoutingKind.NONE : usual.routing();
    return new RecursionChoices(
        recursions,
        pattern,
        Objects.requireNonNullElse(routing, kind),
        Objects.requireNonNullElse(kvPolicy, usual.kvPolicy()));
  }

  private static final class ShapeName implements ITypeConverter<ModelShape> {
    @Override
    public ModelShape convert(String name) {
      try {
        return ModelShape.named(name);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    }
  }
}
