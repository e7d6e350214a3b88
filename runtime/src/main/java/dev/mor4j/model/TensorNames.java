package dev.mor4j.model;

/**
 * The names of tensors in a GGUF file, each said once; {@code llama} has those of plain models.
 * Shapes are in models/GGUF.md.
 */
public final class TensorNames {
  public static final String TOKEN_EMBEDDING = "token_embd.weight";
  public static final String OUTPUT_NORM = "output_norm.weight";

  /** Absent where the head is the token embedding, byte for byte. */
  public static final String OUTPUT = "output.weight";

  /** Divides the angles of the rotary embedding, pair by pair; most models have none. */
  public static final String ROPE_FACTORS = "rope_freqs.weight";

  /** Token choice: added to the scores that the argmax sees. */
  public static final String ROUTER_BIAS = "router.bias";

  private static final String BLOCK = "blk.";

  /** A tensor of a stored block. */
  public enum BlockTensor {
    ATTN_NORM("attn_norm"),
    ATTN_Q("attn_q"),
    ATTN_K("attn_k"),
    ATTN_V("attn_v"),
    ATTN_OUTPUT("attn_output"),
    FFN_NORM("ffn_norm"),
    FFN_GATE("ffn_gate"),
    FFN_UP("ffn_up"),
    FFN_DOWN("ffn_down"),
    /** Multiplies the block's output, value by value; most models have none. */
    RECURSION_ENCODING("recursion_encoding");

    private final String word;

    BlockTensor(String word) {
      this.word = word;
    }
  }

  /** Which of the two routers of a step. */
  public enum RouterRole {
    /** Its score makes the gate, and the decision unless there is an auxiliary router. */
    MAIN("router"),
    /** Makes the decision only. */
    AUXILIARY("router_aux");

    private final String word;

    RouterRole(String word) {
      this.word = word;
    }
  }

  /** A matrix of a router. */
  public enum RouterTensor {
    /** The only matrix of a linear router. */
    LINEAR("weight"),
    /** First matrix of an MLP router. */
    UP("up.weight"),
    /** Second matrix of an MLP router. */
    DOWN("down.weight");

    private final String word;

    RouterTensor(String word) {
      this.word = word;
    }
  }

  private TensorNames() {}

  /** A tensor that all steps of stored block {@code block} use. */
  public static String block(int block, BlockTensor tensor) {
    return BLOCK + block + "." + tensor.word + ".weight";
  }

  /** A tensor of stored block {@code block} that differs between steps, at {@code step}. */
  public static String blockAtStep(int block, int step, BlockTensor tensor) {
    return BLOCK + block + ".step." + step + "." + tensor.word + ".weight";
  }

  /**
   * What {@link #blockAtStep} calls a tensor of a block that all steps share: {@code
   * blk.1.step.0.ffn_up.weight} for {@code blk.1.ffn_up.weight}.
   *
   * @throws IllegalArgumentException if the name is none of a block
   */
  public static String atStep(String name, int step) {
    int tensor = name.indexOf('.', BLOCK.length());
    if (!name.startsWith(BLOCK) || tensor < 0) {
      throw new IllegalArgumentException("expected the name of a block's tensor, found " + name);
    }
    return name.substring(0, tensor) + ".step." + step + name.substring(tensor);
  }

  /** A matrix of the expert-choice router of {@code step}. */
  public static String stepRouter(RouterRole role, int step, RouterTensor tensor) {
    return role.word + "." + step + "." + tensor.word;
  }

  /** A matrix of the only router of a token-choice model. */
  public static String tokenRouter(RouterTensor tensor) {
    return RouterRole.MAIN.word + "." + tensor.word;
  }
}
