package dev.mor4j.cli.inspect;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The command {@code inspect}: shows the content of a GGUF file. */
@Command(
    name = "inspect",
    description = {
      "Shows the content of a GGUF file.",
      "",
      "Prints the metadata and tensors of any GGUF file and, for a model that mor runs, its layers, their sharing and the memory that it needs.",
      ""
    })
public final class InspectCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Parameters(paramLabel = "FILE", description = "Any GGUF file.")
  private Path path = Path.of("");

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean asJson;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "CTX",
      description = "Context size for which the K/V cache is sized. Default: the model's context.")
  private @Nullable Integer contextSize;

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    if (contextSize != null && contextSize < 1) {
      throw new UsageException("-c: expected 1 or more, found " + contextSize);
    }
    try (GgufFile file = GgufFile.open(path)) {
      FileReport report = FileReport.of(file);
      if (asJson) {
        InspectJson.write(report, Optional.ofNullable(contextSize), streams.out());
      } else {
        new InspectText(report, Optional.ofNullable(contextSize), streams.out()).print();
      }
    }
    return ExitCodes.DONE;
  }
}
