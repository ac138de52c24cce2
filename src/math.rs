//! Elementary functions that give the same bits everywhere.
