package dev.mor4j.quantize;

import dev.mor4j.model.MorConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The result of a conversion.
 *
 * @param output the file written
 * @param config the model's hyperparameters
 * @param sharing for each kind of tensor that recursion steps use, how it is stored; empty if there
 *     is one step
 * @param head how the output head is stored
 * @param typeChanges types in the checkpoint and in the file, with the number of tensors
 * @param specialTokens the BOS token and the tokens that end a text, one sentence each
 * @param deadKvBytes bytes of stored key and value weights that the model never uses, since later
 *     steps use the keys and values of step 0
 * @param officialTensorCount number of tensors in the checkpoint
 * @param storedTensorCount number of tensors in the file
 * @param checkpointBytes size of the checkpoint's weight files
 * @param outputBytes size of the file
 * @param isVerified whether every value was read back and compared
 * @param notes further findings, one sentence each
 */
public record ConversionReport(
    Path output,
    MorConfig config,
    List<Sharing> sharing,
    Head head,
    List<TypeChange> typeChanges,
    List<String> specialTokens,
    long deadKvBytes,
    int officialTensorCount,
    int storedTensorCount,
    long checkpointBytes,
    long outputBytes,
    boolean isVerified,
    List<String> notes) {

  public ConversionReport {
    sharing = List.copyOf(sharing);
    typeChanges = List.copyOf(typeChanges);
    specialTokens = List.copyOf(specialTokens);
    notes = List.copyOf(notes);
  }

  /**
   * How one kind of tensor is stored, over all shared layers.
   *
   * @param label its name in the file, without block and step
   * @param sharedLayers number of layers where all steps have the same bytes, stored once
   * @param perStepLayers number of layers where steps differ, stored once per step
   * @param savedBytes bytes saved by storing tensors once
   */
  public record Sharing(String label, int sharedLayers, int perStepLayers, long savedBytes) {}

  /** Number of tensors that were converted from one type to another, which may be the same. */
  public record TypeChange(String from, String to, int tensorCount) {}

  /** How the output head is stored. */
  public enum Head {
    /** The checkpoint has no head; the token embedding is used for it. */
    ABSENT("none in the checkpoint: tied to the token embedding"),
    /** Byte for byte equal to the token embedding; stored once. */
    TIED("equal to the token embedding, stored once"),
    /** A separate matrix. */
    OWN("a separate matrix, stored as output.weight");

    private final String words;

    Head(String words) {
      this.words = words;
    }
  }

  /** The report as several lines, without a line break at the end. */
  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, "model", "%s: %s".formatted(config.name(), shape()));
    line(
        text,
        "tensors",
        "%s in the checkpoint, %s stored".formatted(officialTensorCount, storedTensorCount));
    for (Sharing kind : sharing) {
      line(text, kind.label(), words(kind));
    }
    line(text, "head", head.words);
    for (TypeChange change : typeChanges) {
      line(
          text,
          "types",
          "%s to %s: %s tensors".formatted(change.from(), change.to(), change.tensorCount()));
    }
    if (deadKvBytes > 0) {
      line(
          text,
          "unused",
          String.format(
              Locale.ROOT,
              "%,d bytes of key and value weights, since later steps use the keys and values of step 0",
              deadKvBytes));
    }
    specialTokens.forEach(tokens -> line(text, "tokenizer", tokens));
    notes.forEach(note -> line(text, "note", note));
    line(text, "verified", isVerified ? "every tensor was read back and is equal" : "no");
    line(
        text,
        "file",
        String.format(
            Locale.ROOT, "%s, %,d bytes (checkpoint %,d)", output, outputBytes, checkpointBytes));
    return text.toString().stripTrailing();
  }

  private String shape() {
    String layers = config.recursion().blockLength() + " layers";
    return config.recursionCount() == 1
        ? layers + ", no recursion"
        : "%s, %s steps of %s, sharing %s, K/V %s"
            .formatted(
                config.routing().isRouted() ? config.routing().kind().key() : "no router",
                config.recursionCount(),
                layers,
                config.recursion().sharing().key(),
                config.kvPolicy().key());
  }

  private static String words(Sharing kind) {
    String shared =
        String.format(Locale.ROOT, "shared by all steps, saves %,d bytes", kind.savedBytes());
    if (kind.perStepLayers() == 0) {
      return shared;
    }
    return kind.sharedLayers() == 0
        ? "differs between steps, stored for each step"
        : "%s in %s layers, stored for each step in %s"
            .formatted(shared, kind.sharedLayers(), kind.perStepLayers());
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(String.format(Locale.ROOT, "%-19s %s%n", label, value));
  }
}
