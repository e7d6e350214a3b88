package dev.mor4j.kvcache;

/**
 * Slots proposed for a batch in one region; nothing changes until it is committed.
 *
 * @param region index of the region
 * @param rows who gets them
 * @param slots one for each row
 */
public record SlotPlan(int region, CacheRows rows, int[] slots) {}
