package dev.mor4j.cli.convert;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.OutputPath;
import dev.mor4j.cli.output.OutputCheck;
import dev.mor4j.cli.output.UnfinishedFile;
import dev.mor4j.cli.output.WorkBar;
import dev.mor4j.quantize.CheckpointConverter;
import dev.mor4j.quantize.ConversionOptions;
import dev.mor4j.quantize.ConversionReport;
import dev.mor4j.quantize.OutputType;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code convert}: converts a checkpoint folder to a GGUF file. */
@Command(
    name = "convert",
    description = {
      "Converts an official checkpoint folder to a GGUF file.",
      "",
      "Reads config.json, the weights (model.safetensors, sharded or not, or pytorch_model.bin), tokenizer.json and the training YAML. Tensors that recursion steps share are stored once; the report lists them.",
      ""
    })
public final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "CHECKPOINT_DIR",
      description = "Checkpoint folder of the training code.")
  private Path checkpoint = Path.of("");

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.gguf",
      converter = OutputPath.class,
      description = "Output file; an existing file is replaced.")
  private Path output = Path.of("");

  @Option(
      names = "--outtype",
      paramLabel = "TYPE",
      defaultValue = "f16",
      description = "Type of weight matrices: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputType outputType = OutputType.F16;

  @Option(
      names = "--mor-config",
      paramLabel = "FILE",
      description = "Training YAML, if it is not in the checkpoint folder.")
  private @Nullable Path morConfig;

  @Option(names = "--verify", description = "Read the file back and compare every value.")
  private boolean verify;

  @Override
  public Integer call() throws IOException {
    ConversionOptions options =
        new ConversionOptions(
            checkpoint, output, outputType, Optional.ofNullable(morConfig), verify);
    OutputCheck.requireBinary(output, List.of());
    ConversionReport report;
    try (UnfinishedFile unfinished = new UnfinishedFile(output, spec.commandLine().getErr());
        WorkBar bar = WorkBar.onTerminal()) {
      report = CheckpointConverter.convert(options, bar);
      unfinished.finish();
    } catch (CheckpointException failure) {
      throw failure.reason() == CheckpointException.Reason.TRAINING_CONFIG
          ? new IOException(failure.getMessage() + " (--mor-config FILE)", failure)
          : failure;
    }
    spec.commandLine().getErr().print(report.text());
    return ExitCodes.DONE;
  }
}
