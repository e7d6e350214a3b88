package dev.mor4j.cli.options;

import dev.mor4j.engine.Model;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flag for the model. */
public final class ModelOptions {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description = "Model file (GGUF). Default: the demo model.")
  private @Nullable Path file;

  /** Whether the flag was given. */
  public boolean isNamed() {
    return file != null;
  }

  /** The given file, or the demo model. */
  public Path path() {
    return file == null ? DemoModel.path() : file;
  }

  /** Loads the model on the CPU, for commands that compute little or nothing. */
  public Model load() throws IOException {
    return Model.load(path());
  }
}
