package dev.mor4j.cli.bench;

import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.RandomModelFlags;
import dev.mor4j.cli.options.ShapeName;
import dev.mor4j.cli.output.WorkBar;
import dev.mor4j.quantize.ModelShape;
import dev.mor4j.quantize.QuantizationOptions;
import dev.mor4j.quantize.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags for the model to measure: a file, or random weights. */
final class BenchModelOptions {
  @Mixin private ModelOptions file = new ModelOptions();

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      converter = ShapeName.class,
      description =
          "Measure a model with random weights in a size of the paper (135m, 360m, 730m or 1.7b) instead of -m. The flags of mor random below apply. The model file is written on first use and kept.")
  private @Nullable ModelShape shape;

  @Option(
      names = "--model-folder",
      paramLabel = "DIR",
      description = "Folder for these models. Default: the user's cache folder.")
  private @Nullable Path folder;

  @Mixin private RandomModelFlags random = new RandomModelFlags();

  /** The named file, or the file of the shape, which is written if it does not exist. */
  Path path() throws IOException {
    if (shape == null) {
      return file.path();
    }
    if (file.isNamed()) {
      throw new UsageException("--shape: expected it or -m FILE, found both");
    }
    Path model = (folder == null ? usualFolder() : folder).resolve(random.fileName(shape));
    if (!Files.exists(model)) {
      Files.createDirectories(model.toAbsolutePath().getParent());
      try (WorkBar bar = WorkBar.onTerminal()) {
        RandomModel.write(random.options(shape, model, QuantizationOptions.allCores()), bar);
      }
    }
    return model;
  }

  private static Path usualFolder() {
    String cacheHome = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
    Path base =
        cacheHome.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cacheHome);
    return base.resolve("mor4j").resolve("random-models");
  }
}
