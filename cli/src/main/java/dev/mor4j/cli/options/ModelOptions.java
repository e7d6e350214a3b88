package dev.mor4j.cli.options;

import dev.mor4j.engine.Model;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flag that names the model. */
public final class ModelOptions {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description = "Model file (GGUF). Default: the demo model.")
  private @Nullable Path file;

  /** Whether a file was named. */
  public boolean isNamed() {
    return file != null;
  }

  /** The file that was named, or the demo model's. */
  public Path path() {
    return file == null ? DemoModel.path() : file;
  }

  /** Loads it on the CPU, for commands that compute nothing or little. */
  public Model load() throws IOException {
    return Model.load(path());
  }
}
