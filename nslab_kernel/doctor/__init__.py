"""Why a packet does not get through: place, cause, fix."""
