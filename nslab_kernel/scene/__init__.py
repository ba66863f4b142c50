"""Values as shapes, before any ink."""
