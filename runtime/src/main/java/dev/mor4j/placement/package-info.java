/**
 * On which device each part of a model is computed: the devices and processors of this machine,
 * what fits, and the resulting placement, which is chosen from the file's directory when a model is
 * loaded.
 */
package dev.mor4j.placement;
