// The suite of the official Node SDK (row 151), in one process, so that its parts do not see each other at work.
import "./lists.mjs";
import "./trunking.mjs";
import "./numbers.mjs";
import "./calls.mjs";
import "./accounts.mjs";
