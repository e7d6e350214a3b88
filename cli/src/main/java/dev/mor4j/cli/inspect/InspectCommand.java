package dev.mor4j.cli.inspect;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What is in a GGUF file. */
@Command(
    name = "inspect",
    description = {
      "Shows what is in a GGUF file.",
      "",
      "Metadata and tensors of any file; for a model of mor also how its layers are shared and how much memory it needs.",
      ""
    })
public final class InspectCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Parameters(paramLabel = "FILE", description = "Any GGUF file.")
  private Path path = Path.of("");

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean asJson;

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    try (GgufFile file = GgufFile.open(path)) {
      FileReport report = FileReport.of(file);
      if (asJson) {
        InspectJson.write(report, streams.out());
      } else {
        new InspectText(report, streams.out()).print();
      }
    }
    return ExitCodes.DONE;
  }
}
