package dev.mor4j.engine;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.ggml.GgmlException;
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
 * A loaded model: its hyperparameters, its tokenizer and its weights on the devices that compute
 * them. Read-only, so it can be shared by any number of engines and threads. Its memory is freed
 * when it and all of its engines are closed.
 *
 * <p>By default the file stays mapped while the model is open and must not be changed in place:
 * weights would change under running engines, and reading beyond a shortened file ends the process
 * (SIGBUS). A changed size or modification time is detected after loading and whenever an engine
 * starts, but not in between. Replace model files by renaming a new file over the old one, which
 * leaves the mapping intact, or load with {@link LoadOptions.WeightStorage#COPIED}.
 */
public final class Model implements AutoCloseable {
  private final GgufFile file;
  private final MorConfig config;
  private final DeviceChooser chooser;
  private final LoadOptions.WeightStorage storage;
  private final SpecialTokens specialTokens;
  private final Map<List<String>, SequenceBreakers> breakers = new HashMap<>();
  private @Nullable Tokenizer tokenizer;
  private @Nullable NavigableSet<Integer> endTokens;
  private SharedWeights shared;
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
      LoadOptions.WeightStorage storage,
      SpecialTokens specialTokens)
      throws IOException {
    this.file = file;
    this.config = config;
    this.chooser = chooser;
    this.storage = storage;
    this.specialTokens = specialTokens;
    shared = new SharedWeights(chooser.load(this::loadWeights));
  }

  /**
   * Loads a model to be computed on the CPU: a GGUF file of the architecture {@code mor}, or of
   * {@code llama} as llama.cpp's tools write it.
   *
   * @throws dev.mor4j.gguf.GgufFormatException if the file breaks the format or lacks what the
   *     model needs
   * @throws IOException if the file cannot be read or changes meanwhile
   * @throws GgmlException if there is not enough memory for repacked weights
   */
  public static Model load(Path path) throws IOException {
    return load(path, LoadOptions.DEFAULT);
  }

  /**
   * Loads a model to be computed on a device. What fits is estimated from the file's directory,
   * then weights are copied to the device. Keys and values of the model's engines are allocated on
   * the device of their layer.
   *
   * @throws dev.mor4j.gguf.GgufFormatException as {@link #load(Path)}
   * @throws IOException as {@link #load(Path)}
   * @throws DeviceException if a device was named and does not exist, cannot be started, or is too
   *     small; if the choice is left open, {@link #warnings} say why better devices are not used
   */
  public static Model load(Path path, DeviceOptions device) throws IOException {
    return load(path, LoadOptions.DEFAULT.withDevice(device));
  }

  /**
   * Loads a model with all options.
   *
   * @throws dev.mor4j.gguf.GgufFormatException as {@link #load(Path)}
   * @throws IOException as {@link #load(Path)}
   * @throws DeviceException as {@link #load(Path, DeviceOptions)}
   */
  public static Model load(Path path, LoadOptions options) throws IOException {
    GgufFile file = GgufFile.open(path);
    try {
      Model model = load(file, options);
      file.requireUnchanged();
      return model;
    } catch (IOException | RuntimeException | Error failure) {
      file.close();
      throw failure;
    }
  }

  private static Model load(GgufFile file, LoadOptions options) throws IOException {
    try {
      MorConfig config = Architectures.readConfig(file);
      TokenizerSource source = new TokenizerSource(file.metadata(), config);
      SpecialTokens specialTokens =
          new SpecialTokens(source.bos(), source.eos(), source.endTokens());
      DeviceChooser chooser = new DeviceChooser(options.device(), file, config);
      Model model = new Model(file, config, chooser, options.weights(), specialTokens);
      if (options.weights() == LoadOptions.WeightStorage.COPIED) {
        model.readAhead(); // the tokenizer, too, must not be read from the file later
      }
      return model;
    } catch (InternalError fault) {
      // The JVM's answer to SIGBUS in its own access to mapped memory.
      throw file.changedWhileMapped(fault);
    }
  }

  /**
   * Loads a model to be computed on the CPU with {@link
   * LoadOptions.WeightStorage#MAPPED_AS_STORED}.
   *
   * @throws dev.mor4j.gguf.GgufFormatException as {@link #load(Path)}
   * @throws IOException as {@link #load(Path)}
   */
  public static Model loadAsStored(Path path) throws IOException {
    return load(path, LoadOptions.DEFAULT.withWeights(LoadOptions.WeightStorage.MAPPED_AS_STORED));
  }

  /**
   * Checks that the file was not overwritten in place since it was opened, where that matters.
   *
   * @throws IOException naming the file
   */
  void requireUnchangedFile() throws IOException {
    if (storage != LoadOptions.WeightStorage.COPIED) {
      file.requireUnchanged();
    }
  }

  /** The path that the model was loaded from. */
  public Path path() {
    return file.path();
  }

  /** The hyperparameters. */
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
   * Reads the tokenizer now, so that the first request does not wait for it. A failure is reported
   * when the tokenizer is used.
   */
  void readAhead() {
    try {
      tokenizer();
    } catch (IOException | RuntimeException unusable) {
      // Requests with token ids need no tokenizer.
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

  /** The sequence breakers of DRY in this model's tokens; none if DRY is off. */
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
      breakers.clear(); // most requests use the same ones
      breakers.put(dry.breakers(), found);
    }
    return found;
  }

  private Weights loadWeights(Placement placement) throws IOException {
    WeightLayout layout =
        switch (storage) {
          case MAPPED -> WeightLayout.FASTEST;
          case MAPPED_AS_STORED -> WeightLayout.AS_STORED;
          case COPIED -> WeightLayout.COPIED;
        };
    return WeightLoader.load(file, config, placement, layout);
  }

  /**
   * The device of each part of the model. If the choice of device was left open, an engine that
   * does not fit moves parts to the CPU for itself and for later engines, and reports it by {@link
   * Engine#warnings}.
   */
  public synchronized Placement placement() {
    return shared.weights().placement();
  }

  /**
   * Why better devices than that of the {@link #placement} are not used, and whether the named
   * parts leave little working memory; one line each.
   */
  public synchronized List<String> warnings() {
    return chooser.warnings();
  }

  /** Explains results that are not finite by the first such weight, or else by an overflow. */
  EngineException explanation(NonFiniteException failure) {
    String cause;
    try {
      file.requireUnchanged();
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
    } catch (IOException | InternalError changed) {
      cause = "the file was overwritten, so its weights cannot be searched for the cause";
    }
    return new EngineException(file.path() + ": " + failure.getMessage() + ": " + cause, failure);
  }

  /** Size of the file in bytes. */
  public long sizeBytes() {
    return file.sizeBytes();
  }

  /** Keeps the current weights for an engine until {@link #release}. */
  synchronized SharedWeights retain() {
    if (isClosed) {
      throw new IllegalStateException("the model is closed");
    }
    openEngines++;
    return shared.retain();
  }

  /** Releases the weights of an engine that has ended. */
  synchronized void release(SharedWeights held) {
    openEngines--;
    releaseWeights(held);
    freeIfUnused();
  }

  /** Weights that later engines do not use are freed with the last engine that uses them. */
  private void releaseWeights(SharedWeights held) {
    held.release();
    if (held.isUnused() && held != shared) {
      held.weights().close();
    }
  }

  /**
   * Loads the model with fewer parts on the device, for an engine that does not fit it. Other
   * engines keep their weights.
   *
   * @param unfit the weights that the engine holds; released unless the result is empty
   * @param need the cache that the engine needs
   * @return the weights to use instead; empty if the device was named or is the CPU already
   * @throws IOException if the file cannot be read or has changed
   */
  synchronized Optional<SharedWeights> placeLess(SharedWeights unfit, CacheNeed need)
      throws IOException {
    Placement failed = unfit.weights().placement();
    if (!chooser.mayMove(failed)) {
      return Optional.empty();
    }
    file.requireUnchanged(); // weights are read from it again
    releaseWeights(unfit);
    if (unfit == shared) { // otherwise another engine has replaced the weights meanwhile
      if (unfit.isUnused()) {
        unfit.weights().close(); // the smaller placement may need this memory
      }
      try {
        shared = new SharedWeights(chooser.loadLess(failed, need, this::loadWeights));
      } catch (IOException | RuntimeException | Error failure) {
        isClosed |= unfit.isUnused(); // there are no weights to compute with
        unfit.retain(); // released by the caller, as before the call
        throw failure;
      }
    }
    return Optional.of(shared.retain());
  }

  /** Frees the model's memory, immediately or when its last engine is closed. */
  @Override
  public synchronized void close() {
    if (!isClosed) {
      isClosed = true;
      freeIfUnused();
    }
  }

  private void freeIfUnused() {
    if (isClosed && openEngines == 0) {
      shared.weights().close();
      file.close();
    }
  }
}
