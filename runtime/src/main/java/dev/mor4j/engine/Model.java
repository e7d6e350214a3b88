package dev.mor4j.engine;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.model.MorConfig;
import dev.mor4j.placement.DeviceChooser;
import dev.mor4j.placement.DeviceException;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Placement;
import dev.mor4j.sampling.DryOptions;
import dev.mor4j.sampling.SequenceBreakers;
import dev.mor4j.tokenizer.Tokenizer;
import dev.mor4j.tokenizer.UnsupportedTokenizerException;
import dev.mor4j.weights.ModelConfigReader;
import dev.mor4j.weights.WeightLayout;
import dev.mor4j.weights.WeightLoader;
import dev.mor4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final List<String> warnings;
  private final Map<List<String>, SequenceBreakers> breakers = new HashMap<>();
  private @Nullable Tokenizer tokenizer;
  private int openEngines;
  private boolean isClosed;

  /**
   * @param beginning stands before every text, where the model wants it
   * @param end ends a text
   */
  private record SpecialTokens(OptionalInt beginning, OptionalInt end) {}

  private Model(
      GgufFile file,
      MorConfig config,
      Weights weights,
      SpecialTokens specialTokens,
      List<String> warnings) {
    this.file = file;
    this.config = config;
    this.weights = weights;
    this.specialTokens = specialTokens;
    this.warnings = warnings;
  }

  /**
   * Opens a GGUF file of the architecture {@code mor}, or {@code llama} as llama.cpp's tools write
   * it, to be computed on the CPU.
   *
   * @throws dev.mor4j.gguf.GgufFormatException if the file breaks the format or lacks what the
   *     model needs
   * @throws IOException if it cannot be read
   */
  public static Model load(Path path) throws IOException {
    return load(path, WeightLayout.FASTEST, DeviceOptions.CPU);
  }

  /**
   * As {@link #load(Path)}, to be computed where the options say: what fits is estimated from the
   * file's directory, then weights are copied to the device. Keys and values of the model's engines
   * live with their layers.
   *
   * @throws dev.mor4j.gguf.GgufFormatException as {@link #load(Path)}
   * @throws IOException as {@link #load(Path)}
   * @throws DeviceException if a device was named and is not there, cannot be started, or is too
   *     small; where the choice is left open, {@link #warnings} tell why a better one is not used
   */
  public static Model load(Path path, DeviceOptions device) throws IOException {
    return load(path, WeightLayout.FASTEST, device);
  }

  private static Model load(Path path, WeightLayout layout, DeviceOptions device)
      throws IOException {
    GgufFile file = GgufFile.open(path);
    try {
      MorConfig config = ModelConfigReader.read(file);
      TokenizerSource source = new TokenizerSource(file.metadata(), config);
      SpecialTokens specialTokens = new SpecialTokens(source.beginning(), source.end());
      DeviceChooser chooser = new DeviceChooser(device, file, config);
      Weights weights =
          chooser.load(placement -> WeightLoader.load(file, config, placement, layout));
      return new Model(file, config, weights, specialTokens, chooser.warnings());
    } catch (IOException | RuntimeException failure) {
      file.close();
      throw failure;
    }
  }

  /**
   * As {@link #load(Path)}, with every matrix left where the file is mapped: less memory, shared
   * with other processes, and slower where the device has faster layouts (Q4_0 and Q4_K on most
   * CPUs).
   *
   * @throws dev.mor4j.gguf.GgufFormatException as {@link #load(Path)}
   * @throws IOException as {@link #load(Path)}
   */
  public static Model loadAsStored(Path path) throws IOException {
    return load(path, WeightLayout.AS_STORED, DeviceOptions.CPU);
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
      tokenizer = new TokenizerSource(file.metadata(), config).tokenizer();
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

  /** What interrupts a repetition, in this model's tokens, if the options ask for it. */
  synchronized SequenceBreakers breakers(DryOptions dry) throws IOException {
    if (!dry.isOn()) {
      return SequenceBreakers.NONE;
    }
    SequenceBreakers found = breakers.get(dry.breakers());
    if (found == null) {
      Tokenizer words = tokenizer();
      found =
          SequenceBreakers.ofTexts(
              dry.breakers(),
              Math.min(words.tokenCount(), config.vocabularySize()),
              words::decode,
              words::encodeOrdinary);
      breakers.clear(); // requests mostly want the same ones
      breakers.put(dry.breakers(), found);
    }
    return found;
  }

  /** Which device each part is on. */
  public Placement placement() {
    return weights.placement();
  }

  /** Why better devices than that of the {@link #placement} were passed over; a line each. */
  public List<String> warnings() {
    return warnings;
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
