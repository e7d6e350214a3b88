package dev.mor4j.cli.convert;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.OutputPath;
import dev.mor4j.cli.options.RandomModelFlags;
import dev.mor4j.cli.options.ShapeName;
import dev.mor4j.cli.output.OutputCheck;
import dev.mor4j.cli.output.UnfinishedFile;
import dev.mor4j.cli.output.WorkBar;
import dev.mor4j.quantize.ModelShape;
import dev.mor4j.quantize.QuantizationOptions;
import dev.mor4j.quantize.QuantizationReport;
import dev.mor4j.quantize.RandomModel;
import dev.mor4j.quantize.RandomModelOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code random}: writes a model with random weights. */
@Command(
    name = "random",
    description = {
      "Writes a model with random weights, for measurements of speed and memory.",
      "",
      "The sizes are those of the MoR paper. Recursion steps share all weights except the routers. The same flags and seed give the same weights. The model has no tokenizer: run it with mor bench or mor logits --tokens. With --recursions 1 the file is a plain Llama, which llama.cpp runs too.",
      ""
    })
public final class RandomCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--shape",
      required = true,
      paramLabel = "NAME",
      converter = ShapeName.class,
      description = "Model size: 135m, 360m, 730m or 1.7b.")
  private ModelShape shape = ModelShape.PUBLISHED.getFirst();

  @Mixin private RandomModelFlags flags = new RandomModelFlags();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.gguf",
      converter = OutputPath.class,
      description = "Output file; an existing file is replaced.")
  private Path output = Path.of("");

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Number of threads. Default: all cores.")
  private @Nullable Integer threads;

  @Override
  public Integer call() throws IOException {
    RandomModelOptions options =
        flags.options(shape, output, threads == null ? QuantizationOptions.allCores() : threads);
    OutputCheck.requireBinary(output, List.of());
    QuantizationReport report;
    try (UnfinishedFile unfinished = new UnfinishedFile(output, spec.commandLine().getErr());
        WorkBar bar = WorkBar.onTerminal()) {
      report = RandomModel.write(options, bar);
      unfinished.finish();
    }
    spec.commandLine().getErr().println(report.text());
    return ExitCodes.DONE;
  }
}
