package dev.mor4j.cli.convert;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.RandomModelFlags;
import dev.mor4j.cli.options.ShapeName;
import dev.mor4j.cli.output.UnfinishedFile;
import dev.mor4j.cli.output.WorkBar;
import dev.mor4j.quantize.ModelShape;
import dev.mor4j.quantize.QuantizationOptions;
import dev.mor4j.quantize.QuantizationReport;
import dev.mor4j.quantize.RandomModel;
import dev.mor4j.quantize.RandomModelOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A model of random weights. */
@Command(
    name = "random",
    description = {
      "Writes a model of random weights, to measure speed and memory with.",
      "",
      "Shapes are those of the MoR paper. Steps share all weights but their routers. The same options and seed give the same weights. There is no tokenizer, so give token ids: mor logits --tokens. With --recursions 1 the file is a plain Llama, which llama.cpp runs too.",
      ""
    })
public final class RandomCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--shape",
      required = true,
      paramLabel = "NAME",
      converter = ShapeName.class,
      description = "Sizes: 135m, 360m, 730m or 1.7b.")
  private ModelShape shape = ModelShape.PUBLISHED.getFirst();

  @Mixin private RandomModelFlags flags = new RandomModelFlags();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.gguf",
      description = "The file to write; replaced if it is there.")
  private Path output = Path.of("");

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that draw and encode. Default: all cores.")
  private @Nullable Integer threads;

  @Override
  public Integer call() throws IOException {
    RandomModelOptions options =
        flags.options(shape, output, threads == null ? QuantizationOptions.allCores() : threads);
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
