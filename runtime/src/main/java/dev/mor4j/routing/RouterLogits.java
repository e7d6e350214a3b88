package dev.mor4j.routing;

/**
 * What the routers of one step said, for the rows that were asked, in their order.
 *
 * @param main one value a row (expert choice), or one a step for each row (token choice)
 * @param auxiliary one value a row where the model has an auxiliary router, else empty
 */
public record RouterLogits(float[] main, float[] auxiliary) {
  /** Of a model that has no router. */
  public static final RouterLogits NONE = new RouterLogits(new float[0], new float[0]);
}
