package dev.mor4j.engine;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.model.MorConfig;
import dev.mor4j.placement.CacheNeed;
import dev.mor4j.placement.DeviceChooser;
import dev.mor4j.placement.DeviceException;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Placement;
import dev.mor4j.sampling.DryOptions;
import dev.mor4j.sampling.NonFiniteException;
import dev.mor4j.sampling.SequenceBreakers;
import dev.mor4j.tokenizer.Tokenizer;
import dev.mor4j.tokenizer.UnsupportedTokenizerException;
import dev.mor4j.weights.NonFiniteWeights;
import dev.mor4j.weights.WeightLayout;
import dev.mor4j.weights.WeightLoader;
import dev.mor4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A model file, checked and mapped. Read-only: any thread, any number of engines. Its memory goes
 * when it is closed and its last engine is.
 */
public final class Model implements AutoCloseable {
  private final GgufFile file;
  private final MorConfig config;
  private final DeviceChooser chooser;
  private final WeightLayout layout;
  private final SpecialTokens specialTokens;
  private final Map<List<String>, SequenceBreakers> breakers = new HashMap<>();
  private @Nullable Tokenizer tokenizer;
  private @Nullable NavigableSet<Integer> endTokens;
  private WeightsHold hold;
  private int openEngines;
  private boolean isClosed;

  /**
   * Special tokens by the file's metadata.
   *
   * @param bos is put before every text, if the file says so
   * @param eos ends a text
   * @param ends all tokens that end a text, {@code eos} among them
   */
  private record SpecialTokens(OptionalInt bos, OptionalInt eos, NavigableSet<Integer> ends) {}

  private Model(
      GgufFile file,
      MorConfig config,
      DeviceChooser chooser,
      WeightLayout layout,
      SpecialTokens specialTokens)
      throws IOException {
    this.file = file;
    this.config = config;
    this.chooser = chooser;
    this.layout = layout;
    this.specialTokens = specialTokens;
    hold = new WeightsHold(chooser.load(this::loadWeights));
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
      MorConfig config = Architectures.readConfig(file);
      TokenizerSource source = new TokenizerSource(file.metadata(), config);
      SpecialTokens specialTokens =
          new SpecialTokens(source.bos(), source.eos(), source.endTokens());
      DeviceChooser chooser = new DeviceChooser(device, file, config);
      return new Model(file, config, chooser, layout, specialTokens);
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
   * Its tokenizer, read on first use or when an engine starts.
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

  /**
   * Reads the tokenizer now, so that the first text need not wait for it; what fails is told when
   * it is used.
   */
  void readAhead() {
    try {
      tokenizer();
    } catch (IOException | RuntimeException unusable) {
      // Who works with token ids needs none.
    }
  }

  /** Token ids of a text, preceded by the BOS token if the file says so. */
  public int[] encode(String text) throws IOException {
    int[] ids = tokenizer().encode(text);
    if (specialTokens.bos().isEmpty()) {
      return ids;
    }
    int[] withBos = new int[ids.length + 1];
    withBos[0] = specialTokens.bos().getAsInt();
    System.arraycopy(ids, 0, withBos, 1, ids.length);
    return withBos;
  }

  /** The BOS token; empty unless it is put before every text. */
  public OptionalInt bosToken() {
    return specialTokens.bos();
  }

  /**
   * The token that the file names as the end of a text ({@code tokenizer.ggml.eos_token_id}). Other
   * tokens may end a text too: see {@link #endTokens}.
   */
  public OptionalInt endOfText() {
    return specialTokens.eos();
  }

  /**
   * All tokens that end a text, in ascending order: those that the file's metadata names as end of
   * text, turn or message ({@code tokenizer.ggml.eos_token_id}, {@code eot_token_id}, {@code
   * eom_token_id}, {@code tokenizer.mor.end_token_ids}), and control tokens of the tokenizer that
   * are known by their spelling ({@link Tokenizer#endTokens}). If the tokenizer cannot be used, the
   * metadata alone counts.
   */
  public synchronized NavigableSet<Integer> endTokens() {
    if (endTokens == null) {
      NavigableSet<Integer> all = new TreeSet<>(specialTokens.ends());
      try {
        all.addAll(tokenizer().endTokens().headSet(config.vocabularySize(), false));
      } catch (IOException | EngineException unusable) {
        // The tokenizer's users report the failure; token ids work without it.
      }
      endTokens = Collections.unmodifiableNavigableSet(all);
    }
    return endTokens;
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

  private Weights loadWeights(Placement placement) throws IOException {
    return WeightLoader.load(file, config, placement, layout);
  }

  /**
   * Which device each part is on. Where the choice of device was left open, an engine that finds no
   * room there moves parts to the CPU, also for engines to come: {@link Engine#warnings} tells.
   */
  public synchronized Placement placement() {
    return hold.weights().placement();
  }

  /**
   * Why better devices than that of the {@link #placement} were passed over, and whether named
   * parts leave little room to work; a line each.
   */
  public synchronized List<String> warnings() {
    return chooser.warnings();
  }

  /** Explains results that are not finite by the first such weight, or else by an overflow. */
  EngineException explanation(NonFiniteException failure) {
    String cause;
    try {
      cause =
          NonFiniteWeights.first(file)
              .map(
                  found ->
                      "the model file is damaged: tensor "
                          + found.tensor()
                          + " has "
                          + found.value()
                          + " at index "
                          + found.index()
                          + "; convert or download it again")
              .orElse(
                  "all weights are finite, so the computation overflowed; if keys and values are"
                      + " stored as F16, F32 has a larger range");
    } catch (IllegalStateException closed) {
      cause = "the model was closed before its weights could be searched for the cause";
    }
    return new EngineException(file.path() + ": " + failure.getMessage() + ": " + cause, failure);
  }

  /** Bytes of the file. */
  public long sizeBytes() {
    return file.sizeBytes();
  }

  /** Counts an engine in, so that weights stay until it has ended. */
  synchronized WeightsHold retain() {
    if (isClosed) {
      throw new IllegalStateException("the model is closed");
    }
    openEngines++;
    return hold.take();
  }

  synchronized void release(WeightsHold held) {
    openEngines--;
    giveBack(held);
    freeIfUnused();
  }

  /** Weights that engines to come do not want go with the last engine that does. */
  private void giveBack(WeightsHold held) {
    held.giveBack();
    if (held.isUnused() && held != hold) {
      held.weights().close();
    }
  }

  /**
   * Places the model anew with less on the device, for an engine that found no room there. Other
   * engines go on with what they have.
   *
   * @param unfit what the engine holds, given back if there is an answer
   * @param need the keys and values that it wants
   * @return what to compute with instead; empty if the device was named or is the CPU already
   * @throws IOException if the file cannot be read
   */
  synchronized Optional<WeightsHold> retreat(WeightsHold unfit, CacheNeed need) throws IOException {
    Placement failed = unfit.weights().placement();
    if (!chooser.mayMove(failed)) {
      return Optional.empty();
    }
    giveBack(unfit);
    if (unfit == hold) { // no other engine has moved it meanwhile
      if (unfit.isUnused()) {
        unfit.weights().close(); // its memory is what the next one may need
      }
      try {
        hold = new WeightsHold(chooser.loadLess(failed, need, this::loadWeights));
      } catch (IOException | RuntimeException failure) {
        isClosed |= unfit.isUnused(); // no weights are left to compute with
        unfit.take(); // as before: who asked gives it back
        throw failure;
      }
    }
    return Optional.of(hold.take());
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
      hold.weights().close();
      file.close();
    }
  }
}
