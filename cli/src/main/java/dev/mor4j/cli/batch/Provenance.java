package dev.mor4j.cli.batch;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mor4j.files.FileFailures;
import dev.mor4j.files.FileKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The model and the settings that results were made with, as short hashes to compare.
 *
 * @param model hash of the model file
 * @param compute engine flags that change texts
 */
record Provenance(String model, String compute) {
  static final String MODEL = "model";
  static final String OPTIONS = "options";

  /**
   * Bytes to hash at both ends of the file: metadata and the first tensors, and the last tensors.
   * Different weights differ there.
   */
  private static final int SAMPLE_BYTES = 1 << 20;

  private static final int HASH_BYTES = 8;

  /**
   * Hashes a model's size, start and end.
   *
   * @param compute engine flags that change texts
   */
  static Provenance of(Path model, String compute) throws IOException {
    FileKind kind = FileKind.of(model);
    if (kind != FileKind.REGULAR) {
      throw FileFailures.refusal(model, "expected a GGUF file, found " + kind.description());
    }
    MessageDigest digest = sha256();
    try (FileChannel file = FileChannel.open(model)) {
      long size = file.size();
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(size).flip());
      digest.update(sample(file, 0));
      digest.update(sample(file, Math.max(0, size - SAMPLE_BYTES)));
    }
    return new Provenance(shortened(digest), compute);
  }

  private static ByteBuffer sample(FileChannel file, long start) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SAMPLE_BYTES);
    while (bytes.hasRemaining() && file.read(bytes, start + bytes.position()) >= 0) {}
    return bytes.flip();
  }

  /** The provenance of a result as JSON. */
  ObjectNode json(BatchPrompt prompt) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put(MODEL, model);
    json.put(OPTIONS, options(prompt));
    return json;
  }

  private String options(BatchPrompt prompt) {
    MessageDigest digest = sha256();
    digest.update((compute + "\n" + prompt.settings()).getBytes(StandardCharsets.UTF_8));
    return shortened(digest);
  }

  private static String shortened(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest(), 0, HASH_BYTES);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
