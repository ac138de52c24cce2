//! Tables that a world file names: edge lists and columns.
