package dev.mor4j.engine;

import dev.mor4j.ggml.Device;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.tokenizer.Tokenizer;
import dev.mor4j.tokenizer.UnsupportedTokenizerException;
import dev.mor4j.weights.MorConfigReader;
import dev.mor4j.weights.WeightLoader;
import dev.mor4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A model file, checked and mapped. Read-only: any thread, any number of engines. Its memory goes
 * when it is closed and its last engine is.
 */
public final class Model implements AutoCloseable {
  private final GgufFile file;
  private final MorConfig config;
  private final Weights weights;
  private final SpecialTokens specialTokens;
  private @Nullable Tokenizer tokenizer;
  private int openEngines;
  private boolean isClosed;

  /**
   * @param beginning stands before every text, where the model wants it
   * @param end ends a text
   */
  private record SpecialTokens(OptionalInt beginning, OptionalInt end) {}

  private Model(GgufFile file, MorConfig config, Weights weights, SpecialTokens specialTokens) {
    this.file = file;
    this.config = config;
    this.weights = weights;
    this.specialTokens = specialTokens;
  }

  /**
   * Opens a GGUF file of the architecture {@code mor}.
   *
   * @throws dev.mor4j.gguf.GgufFormatException if the file breaks the format or lacks what the
   *     model needs
   * @throws IOException if it cannot be read
   */
  public static Model load(Path path) throws IOException {
    GgufFile file = GgufFile.open(path);
    try {
      MorConfig config = MorConfigReader.read(file.metadata());
      SpecialTokens specialTokens = specialTokens(file.metadata(), config);
      return new Model(file, config, WeightLoader.load(file, config, Device.cpu()), specialTokens);
    } catch (IOException | RuntimeException failure) {
      file.close();
      throw failure;
    }
  }

  private static SpecialTokens specialTokens(GgufMetadata metadata, MorConfig config)
      throws IOException {
    OptionalInt beginning = tokenId(metadata, MetadataKeys.BOS_TOKEN_ID, config);
    boolean isAdded = metadata.bool(MetadataKeys.ADD_BOS_TOKEN, false);
    return new SpecialTokens(
        isAdded ? beginning : OptionalInt.empty(),
        tokenId(metadata, MetadataKeys.EOS_TOKEN_ID, config));
  }

  private static OptionalInt tokenId(GgufMetadata metadata, String key, MorConfig config)
      throws IOException {
    if (metadata.find(key).isEmpty()) {
      return OptionalInt.empty();
    }
    int id = metadata.count(key);
    if (id >= config.vocabularySize()) {
      throw new dev.mor4j.gguf.GgufFormatException(
          metadata.file(), key, "a token id below " + config.vocabularySize(), String.valueOf(id));
    }
    return OptionalInt.of(id);
  }

  /** Where it was loaded from. */
  public Path path() {
    return file.path();
  }

  /** Its hyperparameters. */
  public MorConfig config() {
    return config;
  }

  /**
   * Its tokenizer, read on first use.
   *
   * @throws UnsupportedTokenizerException if the file has none, or one of an unknown kind
   */
  public synchronized Tokenizer tokenizer() throws IOException {
    if (tokenizer == null) {
      if (isClosed) {
        throw new IllegalStateException("the model is closed");
      }
      String json = file.metadata().string(MetadataKeys.TOKENIZER_JSON, "");
      if (json.isEmpty()) {
        throw new EngineException(
            "%s: has no tokenizer (%s): convert it from a folder that holds tokenizer.json, or give token ids"
                .formatted(path(), MetadataKeys.TOKENIZER_JSON));
      }
      tokenizer = Tokenizer.fromJson(json);
    }
    return tokenizer;
  }

  /** Token ids of a text, the beginning-of-text token included where the model wants it. */
  public int[] encode(String text) throws IOException {
    int[] ids = tokenizer().encode(text);
    if (specialTokens.beginning().isEmpty()) {
      return ids;
    }
    int[] withBeginning = new int[ids.length + 1];
    withBeginning[0] = specialTokens.beginning().getAsInt();
    System.arraycopy(ids, 0, withBeginning, 1, ids.length);
    return withBeginning;
  }

  /** The token that stands before every text; empty if the model wants none. */
  public OptionalInt beginningOfText() {
    return specialTokens.beginning();
  }

  /** The token that ends a text. */
  public OptionalInt endOfText() {
    return specialTokens.end();
  }

  /** Bytes of the file. */
  public long sizeBytes() {
    return file.sizeBytes();
  }

  Weights weights() {
    return weights;
  }

  /** Counts an engine in, so that weights stay until it has ended. */
  synchronized void retain() {
    if (isClosed) {
      throw new IllegalStateException("the model is closed");
    }
    openEngines++;
  }

  synchronized void release() {
    openEngines--;
    freeIfUnused();
  }

  /** Frees the model's memory, at once or when its last engine is closed. */
  @Override
  public synchronized void close() {
    if (!isClosed) {
      isClosed = true;
      freeIfUnused();
    }
  }

  private void freeIfUnused() {
    if (isClosed && openEngines == 0) {
      weights.close();
      file.close();
    }
  }
}
