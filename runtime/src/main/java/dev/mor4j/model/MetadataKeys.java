package dev.mor4j.model;

/**
 * The GGUF metadata keys of tokenizers, and of hyperparameters as the architecture {@code mor}
 * spells them. Other architectures use their own name as the prefix.
 */
public final class MetadataKeys {
  /** The value of {@code general.architecture}, and the prefix of the keys below. */
  public static final String ARCHITECTURE_NAME = "mor";

  public static final String ARCHITECTURE = "general.architecture";
  public static final String NAME = "general.name";
  public static final String CONTEXT_LENGTH = "mor.context_length";
  public static final String EMBEDDING_LENGTH = "mor.embedding_length";
  public static final String FEED_FORWARD_LENGTH = "mor.feed_forward_length";
  public static final String BLOCK_COUNT = "mor.block_count";
  public static final String VOCAB_SIZE = "mor.vocab_size";
  public static final String HEAD_COUNT = "mor.attention.head_count";
  public static final String HEAD_COUNT_KV = "mor.attention.head_count_kv";
  public static final String KEY_LENGTH = "mor.attention.key_length";
  public static final String RMS_EPSILON = "mor.attention.layer_norm_rms_epsilon";
  public static final String ROPE_FREQ_BASE = "mor.rope.freq_base";
  public static final String ROPE_DIMENSION_COUNT = "mor.rope.dimension_count";
  public static final String RECURSION_COUNT = "mor.recursion.count";
  public static final String RECURSION_BLOCK_LENGTH = "mor.recursion.block_length";
  public static final String RECURSION_SHARING = "mor.recursion.sharing";
  public static final String ROUTING_TYPE = "mor.routing.type";
  public static final String ROUTING_ROUTER = "mor.routing.router";
  public static final String ROUTING_ACTIVATION = "mor.routing.activation";
  public static final String ROUTING_ALPHA = "mor.routing.alpha";
  public static final String ROUTING_TEMPERATURE = "mor.routing.temperature";
  public static final String ROUTING_GATING = "mor.routing.gating";
  public static final String ROUTING_DECISION = "mor.routing.decision";
  public static final String ROUTING_THRESHOLD = "mor.routing.threshold";
  public static final String ROUTING_CAPACITY = "mor.routing.capacity";
  public static final String KV_POLICY = "mor.kv.policy";

  public static final String TOKENIZER_MODEL = "tokenizer.ggml.model";
  public static final String TOKENIZER_JSON = "tokenizer.huggingface.json";
  public static final String BOS_TOKEN_ID = "tokenizer.ggml.bos_token_id";
  public static final String EOS_TOKEN_ID = "tokenizer.ggml.eos_token_id";
  public static final String EOT_TOKEN_ID = "tokenizer.ggml.eot_token_id";
  public static final String EOM_TOKEN_ID = "tokenizer.ggml.eom_token_id";

  /** Every token that ends a text, as an array; the keys above name one of a kind each. */
  public static final String END_TOKEN_IDS = "tokenizer.mor.end_token_ids";

  public static final String ADD_BOS_TOKEN = "tokenizer.ggml.add_bos_token";

  public static final String TOKENIZER_PRE = "tokenizer.ggml.pre";
  public static final String TOKENS = "tokenizer.ggml.tokens";
  public static final String TOKEN_TYPES = "tokenizer.ggml.token_type";
  public static final String TOKEN_SCORES = "tokenizer.ggml.scores";
  public static final String TOKEN_MERGES = "tokenizer.ggml.merges";
  public static final String ADD_SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";

  private MetadataKeys() {}
}
