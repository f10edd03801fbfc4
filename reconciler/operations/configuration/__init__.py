"""From manifests to applied state and back: plan, apply, undo, stops, history."""
