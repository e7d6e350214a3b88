package dev.mor4j.quantize;

import static dev.mor4j.gguf.TensorType.IQ2_S;
import static dev.mor4j.gguf.TensorType.IQ2_XXS;
import static dev.mor4j.gguf.TensorType.IQ3_XXS;
import static dev.mor4j.gguf.TensorType.Q2_K;
import static dev.mor4j.gguf.TensorType.Q3_K;
import static dev.mor4j.gguf.TensorType.Q4_1;
import static dev.mor4j.gguf.TensorType.Q4_K;
import static dev.mor4j.gguf.TensorType.Q5_1;
import static dev.mor4j.gguf.TensorType.Q5_K;
import static dev.mor4j.gguf.TensorType.Q6_K;
import static dev.mor4j.gguf.TensorType.Q8_0;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.TensorRole;

/**
 * Chooses the matrices of a file that get a better type than most. Layers are counted as stored, so
 * a block that recursion steps share counts once.
 *
 * <p>Source: {@code llama_tensor_get_type_impl} in llama-quant.cpp, for dense Llama models.
 *
 * @param hasImportances whether an importance matrix weighs errors
 */
record TypeMix(FileType fileType, SourceModel model, boolean hasImportances) {

  /** The type of one matrix, without regard to whether its rows fill the blocks of the type. */
  TensorType typeOf(TensorRole role, int layer, long rowValues) {
    return switch (role) {
      case OUTPUT -> head(rowValues);
      case TOKEN_EMBEDDING -> model.hasHead() ? embedding() : head(rowValues);
      case ATTN_Q, ATTN_K -> attentionQueryOrKey();
      case ATTN_V -> attentionValue(layer);
      case ATTN_OUTPUT -> attentionOutput();
      case FFN_GATE, FFN_UP -> feedForwardGateOrUp(layer);
      case FFN_DOWN -> feedForwardDown(layer);
      default -> most();
    };
  }

  /** The type of matrices that get no better one. */
  TensorType most() {
    return fileType.tensorType();
  }

  private TensorType head(long rowValues) {
    if (!most().isQuantized()) {
      return most();
    }
    if (rowValues % most().blockSize() != 0) {
      return Q8_0;
    }
    return switch (fileType) {
      case IQ3_XXS, IQ2_M, IQ2_S, IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S -> Q5_K;
      case Q8_0 -> Q8_0;
      case F32, F16, BF16, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0 -> Q6_K;
      case IQ4_NL, IQ4_XS, Q3_K_L, Q3_K_M, Q3_K_S, IQ3_M, IQ3_S, IQ3_XS, Q2_K, Q2_K_S -> Q6_K;
      case Q2_0, TQ2_0, TQ1_0, Q1_0 -> Q6_K;
    };
  }

  private TensorType embedding() {
    return switch (fileType) {
      case TQ1_0, TQ2_0, Q2_0 -> Q4_K;
      case IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S -> Q2_K;
      case IQ3_XXS, IQ2_M, IQ2_S -> TensorType.IQ3_S;
      case F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0 ->
          most();
      case IQ4_NL, IQ4_XS, Q3_K_L, Q3_K_M, Q3_K_S, IQ3_M, IQ3_S, IQ3_XS, Q2_K, Q2_K_S, Q1_0 ->
          most();
    };
  }

  private TensorType attentionQueryOrKey() {
    return switch (fileType) {
      case IQ3_XS -> IQ3_XXS;
      case IQ3_XXS -> IQ2_S;
      case F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0 ->
          most();
      case IQ4_NL, IQ4_XS, Q3_K_L, Q3_K_M, Q3_K_S, IQ3_M, IQ3_S, Q2_K, Q2_K_S -> most();
      case IQ2_M, IQ2_S, IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S, Q2_0, TQ2_0, TQ1_0, Q1_0 -> most();
    };
  }

  private TensorType attentionValue(int layer) {
    TensorType type =
        switch (fileType) {
          case Q2_K -> sharesKeys() ? Q4_K : Q3_K;
          case Q2_K_S, IQ3_S, IQ3_XS -> sharesKeys() ? Q4_K : most();
          case IQ3_XXS -> sharesKeys() ? Q4_K : hasImportances ? IQ3_XXS : TensorType.IQ3_S;
          case IQ2_M, IQ2_S -> sharesKeys() ? Q4_K : TensorType.IQ3_S;
          case IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S -> sharesKeys() ? Q4_K : Q2_K;
          case IQ3_M -> Q4_K;
          case Q3_K_M -> layer < 2 ? Q5_K : Q4_K;
          case Q3_K_L -> Q5_K;
          case IQ4_NL, IQ4_XS -> sharesKeys() ? Q5_K : most();
          case Q4_K_S -> layer < 4 ? Q5_K : most();
          case Q4_K_M, Q5_K_M -> needsMoreBits(layer) ? Q6_K : most();
          case F32, F16, BF16, Q8_0, Q6_K, Q5_K_S, Q5_1, Q5_0, Q4_1, Q4_0 -> most();
          case Q3_K_S, Q2_0, TQ2_0, TQ1_0, Q1_0 -> most();
        };
    // Llama models of 80 layers (70B) share each value head among 8 query heads, so it is small.
    boolean isSmall =
        model.architecture().equals(Architectures.LLAMA)
            && model.blockCount() == 80
            && model.queriesPerKey() > 1
            && !isBelowThreeBits();
    return isSmall && (type == Q3_K || type == Q4_K) ? Q5_K : type;
  }

  private TensorType attentionOutput() {
    return switch (fileType) {
      case Q2_K -> Q3_K;
      case IQ3_XXS, IQ2_M, IQ2_S -> TensorType.IQ3_S;
      case IQ1_M, IQ1_S -> IQ2_XXS;
      case Q3_K_M, IQ3_M -> Q4_K;
      case Q3_K_L -> Q5_K;
      case F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0 ->
          most();
      case IQ4_NL, IQ4_XS, Q3_K_S, IQ3_S, IQ3_XS, Q2_K_S -> most();
      case IQ2_XS, IQ2_XXS, Q2_0, TQ2_0, TQ1_0, Q1_0 -> most();
    };
  }

  private TensorType feedForwardGateOrUp(int layer) {
    boolean isInside = !isFirstEighth(layer) && layer < 7 * model.blockCount() / 8;
    return fileType == FileType.IQ3_XS && isInside ? IQ3_XXS : most();
  }

  private TensorType feedForwardDown(int layer) {
    boolean isFirstEighth = isFirstEighth(layer);
    return switch (fileType) {
      case Q2_K -> Q3_K;
      case Q2_K_S, IQ3_M -> isFirstEighth ? Q4_K : most();
      case IQ3_XXS -> hasImportances ? most() : isFirstEighth ? Q4_K : Q3_K;
      case IQ2_M, IQ2_S -> isFirstEighth ? TensorType.IQ3_S : most();
      case IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S -> isFirstEighth ? Q2_K : most();
      case Q3_K_M -> layer < model.blockCount() / 16 ? Q5_K : Q4_K;
      case Q3_K_L -> Q5_K;
      case IQ4_NL, IQ4_XS -> isFirstEighth && !hasImportances ? Q5_K : most();
      case Q4_K_S -> isFirstEighth ? Q5_K : most();
      case Q4_K_M, Q5_K_M -> needsMoreBits(layer) ? Q6_K : most();
      case Q4_0 -> isFirstEighth && hasImportances ? Q4_1 : most();
      case Q5_0 -> isFirstEighth && hasImportances ? Q5_1 : most();
      case F32, F16, BF16, Q8_0, Q6_K, Q5_K_S, Q5_1, Q4_1 -> most();
      case Q3_K_S, IQ3_S, IQ3_XS, Q2_0, TQ2_0, TQ1_0, Q1_0 -> most();
    };
  }

  private boolean isBelowThreeBits() {
    return switch (fileType) {
      case IQ2_M, IQ2_S, IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S -> true;
      case F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0 ->
          false;
      case IQ4_NL, IQ4_XS, Q3_K_L, Q3_K_M, Q3_K_S, IQ3_M, IQ3_S, IQ3_XS, IQ3_XXS -> false;
      case Q2_K, Q2_K_S, Q2_0, TQ2_0, TQ1_0, Q1_0 -> false;
    };
  }

  private boolean sharesKeys() {
    return model.queriesPerKey() >= 4;
  }

  private boolean isFirstEighth(int layer) {
    return layer < model.blockCount() / 8;
  }

  /** The first and last eighth of the layers, and every third layer between. */
  private boolean needsMoreBits(int layer) {
    int eighth = model.blockCount() / 8;
    return layer < eighth || layer >= 7 * model.blockCount() / 8 || (layer - eighth) % 3 == 2;
  }
}
