package dev.mor4j.quantize;

import dev.mor4j.model.MorConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What a conversion did.
 *
 * @param output the file written
 * @param config the model's hyperparameters
 * @param sharing for each kind of tensor that recursion steps use, what was shared; empty where
 *     there is one step
 * @param head how the output head is stored
 * @param typeChanges types of the checkpoint and of the file, with the tensors concerned
 * @param specialTokens the BOS token and the tokens that end a text, one sentence each
 * @param deadKvBytes bytes stored for key and value weights that the model never uses, because it
 *     shares the keys and values of step 0
 * @param officialTensorCount tensors that the checkpoint lists
 * @param storedTensorCount tensors in the file
 * @param checkpointBytes size of the checkpoint's weight files
 * @param outputBytes size of the file
 * @param isVerified whether every value was read back and compared
 * @param notes anything else worth knowing, one sentence each
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
   * What became of one kind of tensor over all shared layers.
   *
   * @param label its name in the file, without block and step
   * @param sharedLayers layers where all steps have the same bytes: stored once
   * @param perStepLayers layers where they differ: stored for each step
   * @param savedBytes what storing once saves in the file
   */
  public record Sharing(String label, int sharedLayers, int perStepLayers, long savedBytes) {}

  /** Tensors that went from one type to another, or kept theirs. */
  public record TypeChange(String from, String to, int tensorCount) {}

  /** How the output head is stored. */
  public enum Head {
    /** The checkpoint has none; the token embedding serves. */
    ABSENT("absent from the checkpoint, the token embedding serves as head"),
    /** Byte for byte the token embedding, stored once. */
    TIED("equal to the token embedding, stored once"),
    /** A matrix of its own. */
    OWN("a matrix of its own, stored as output.weight");

    private final String words;

    Head(String words) {
      this.words = words;
    }
  }

  /** The report for people: several lines, without a line break at the end. */
  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, "model", "%s: %s".formatted(config.name(), shape()));
    line(
        text,
        "tensors",
        "%d in the checkpoint, %d stored".formatted(officialTensorCount, storedTensorCount));
    for (Sharing kind : sharing) {
      line(text, kind.label(), words(kind));
    }
    line(text, "head", head.words);
    for (TypeChange change : typeChanges) {
      line(
          text,
          "types",
          "%s to %s: %d tensors".formatted(change.from(), change.to(), change.tensorCount()));
    }
    if (deadKvBytes > 0) {
      line(
          text,
          "unused",
          String.format(
              Locale.ROOT,
              "%,d bytes of key and value weights: later steps use the keys and values of step 0",
              deadKvBytes));
    }
    specialTokens.forEach(tokens -> line(text, "tokenizer", tokens));
    notes.forEach(note -> line(text, "note", note));
    line(
        text,
        "verified",
        isVerified ? "every tensor read back and equal" : "no, as it was not asked for");
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
        ? layers + ", nothing shared"
        : "%s, %d steps of %s, sharing %s, K/V %s"
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
        ? "differs between steps, stored for each"
        : "%s in %d layers, stored for each step in %d"
            .formatted(shared, kind.sharedLayers(), kind.perStepLayers());
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(String.format(Locale.ROOT, "%-19s %s%n", label, value));
  }
}
