package dev.mor4j.tests.peer;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts the first layers of a plain Llama file to llama.cpp's fixed-loop architecture {@code
 * nanbeige}, to compare speeds where every token takes every step. The text that such a file
 * generates is meaningless.
 */
final class LoopedLlama {
  private static final String LLAMA = "llama.";
  private static final String LOOPED = "nanbeige";
  private static final String BLOCK_COUNT = LLAMA + "block_count";
  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d+)\\..*");

  private LoopedLlama() {}

  /**
   * Writes the converted file.
   *
   * @param layers number of layers to keep, at most those of the model
   * @param loops number of loops over these layers
   */
  static void write(Path plain, Path looped, int layers, int loops) throws IOException {
    try (GgufFile file = GgufFile.open(plain);
        GgufWriter writer = GgufWriter.create(looped)) {
      GgufMetadata metadata = file.metadata();
      if (layers < 1 || loops < 1 || layers > metadata.count(BLOCK_COUNT)) {
        throw new IllegalArgumentException(
            "%s: expected 1..%d layers and 1 loop or more, found %d and %d"
                .formatted(plain, metadata.count(BLOCK_COUNT), layers, loops));
      }
      for (String key : metadata.keys()) {
        if (key.startsWith(LLAMA) && !key.equals(BLOCK_COUNT)) {
          String own = LOOPED + "." + key.substring(LLAMA.length());
          writer.metadata(own, metadata.find(key).orElseThrow());
        } else if (key.startsWith("tokenizer.") || key.equals("general.file_type")) {
          writer.metadata(key, metadata.find(key).orElseThrow());
        }
      }
      writer.metadata("general.architecture", GgufValue.string(LOOPED));
      writer.metadata(LOOPED + ".block_count", GgufValue.uint32(layers));
      writer.metadata(LOOPED + ".num_loops", GgufValue.uint32(loops));
      List<GgufTensorInfo> kept =
          file.tensors().stream().filter(tensor -> isKept(tensor.name(), layers)).toList();
      kept.forEach(tensor -> writer.tensor(tensor.name(), tensor.type(), tensor.shape()));
      for (GgufTensorInfo tensor : kept) {
        writer.write(tensor.name(), file.data(tensor));
      }
      writer.commit();
    }
  }

  private static boolean isKept(String tensor, int layers) {
    Matcher block = BLOCK.matcher(tensor);
    return !block.matches() || Integer.parseInt(block.group(1)) < layers;
  }

  /** Arguments: PLAIN.gguf OUT.gguf LAYERS LOOPS. */
  public static void main(String[] args) throws IOException {
    write(Path.of(args[0]), Path.of(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
  }
}
