"""The notebook kernel that cannot harm the machine."""
