/** What a model is: checked hyperparameters, and which layers run at which recursion step. */
package dev.mor4j.model;
