"""The heart: `apply(world, move)`, the handler of each move, and the world before the first one."""
